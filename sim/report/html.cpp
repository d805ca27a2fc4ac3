#include "sim/report/html.h"

#include <cstdio>

namespace remask::html {

std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '&':
                safe += "&amp;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

std::string percent(const std::optional<double>& share) {
    if (!share) return "–";
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%.2f %%", *share * 100.0);
    return buffer;
}

std::string cell(const std::string& text, bool number) {
    return std::string("<td") + (number ? " class=n" : "") + ">" + escaped(text) + "</td>";
}

std::string header(const std::vector<std::string>& names) {
    std::string row = "<tr>";
    for (const std::string& name : names) row += "<th>" + escaped(name) + "</th>";
    return row + "</tr>\n";
}

}  // namespace remask::html
