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

std::string page(const std::string& title, const std::string& body) {
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(title) +
           " – remask</title>\n<style>body{font:15px/1.45 system-ui,sans-serif;margin:2em "
           "auto;max-width:80em;padding:0 "
           "1em;color:#222}table{border-collapse:collapse;margin:.6em 0}td,th{padding:.2em .7em;border-bottom:1px "
           "solid #ddd;text-align:left}th{font-weight:600;vertical-align:bottom}.n{text-align:right;"
           "font-variant-numeric:tabular-nums}.b{width:16em}.b i{display:block;height:.8em;background:#3b6ea8}"
           ".s{display:inline-block;width:.8em;height:.8em;margin-right:.4em}.tiles{display:flex;flex-wrap:wrap;"
           "gap:1.2em}figure{margin:0}figcaption{font-size:.8em}</style></head><body>\n<h1>" +
           escaped(title) + "</h1>\n" + body + "</body></html>\n";
}

}  // namespace remask::html
