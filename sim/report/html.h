// Pieces of report.html that several writers use. Inside the folder only.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace remask::html {

std::string escaped(const std::string& text);
/// "12.34 %", or a dash.
std::string percent(const std::optional<double>& share);
/// A table's cell; numbers stand to the right.
std::string cell(const std::string& text, bool number = true);
/// A table's first row.
std::string header(const std::vector<std::string>& names);
/// A whole page, with the style of all of them; nothing is loaded from elsewhere.
std::string page(const std::string& title, const std::string& body);

}  // namespace remask::html
