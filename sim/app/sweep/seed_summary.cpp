#include "sim/app/sweep/seed_summary.h"

#include <nlohmann/json.hpp>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/report/spread.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

using Json = nlohmann::ordered_json;

struct Row {
    std::string label;  ///< axes, method, task
    Spread on_float, on_crossbar, forgotten;
};

/// Rows in the order in which they first come.
class Table {
public:
    Row& row(const std::string& label) {
        for (Row& row : rows_) {
            if (row.label == label) return row;
        }
        rows_.push_back({label, {}, {}, {}});
        return rows_.back();
    }
    const std::vector<Row>& rows() const { return rows_; }

private:
    std::vector<Row> rows_;
};

void add_point(const Json& results, const std::string& axes, Table& table) {
    std::vector<std::string> methods;
    std::vector<Spread> on_float, on_crossbar;
    for (const Json& task : results.at("tasks")) {
        const auto method = task.at("method").get<std::string>();
        const double exact = task.at("accuracy").at("float").get<double>();
        const double crossbar = task.at("accuracy").at("crossbar").get<double>();
        Row& row = table.row(axes + csv_field(method) + "," + csv_field(task.at("task").get<std::string>()));
        row.on_float.add(exact);
        row.on_crossbar.add(crossbar);
        std::size_t m = 0;
        while (m < methods.size() && methods[m] != method) ++m;
        if (m == methods.size()) {
            methods.push_back(method);
            on_float.emplace_back();
            on_crossbar.emplace_back();
        }
        on_float[m].add(exact);
        on_crossbar[m].add(crossbar);
    }
    for (std::size_t m = 0; m < methods.size(); ++m) {
        Row& row = table.row(axes + csv_field(methods[m]) + ",*");
        row.on_float.add(on_float[m].mean());
        row.on_crossbar.add(on_crossbar[m].mean());
        for (const Json& sequence : results.at("sequences")) {
            if (sequence.at("method") == methods[m]) {
                row.forgotten.add(sequence.at("mean_forgotten").get<double>());
            }
        }
    }
}

}  // namespace

std::string seed_summary(const std::vector<SeedPoint>& points) {
    Table table;
    std::string head;
    for (const SeedPoint& point : points) {
        const std::filesystem::path file = point.folder / "results.json";
        std::string axes;
        head.clear();
        for (const auto& [path, value] : point.axes) {
            if (path == "seed") continue;
            axes += csv_field(value) + ",";
            head += csv_field(path) + ",";
        }
        try {
            add_point(Json::parse(read_file(file)), axes, table);
        } catch (const nlohmann::json::exception& fault) {
            throw InputError(file.string() + ": not results of this remask (" + fault.what() + ")");
        }
    }
    std::string csv = head +
                      "method,task,seeds,accuracy_float_mean,accuracy_float_deviation,accuracy_crossbar_mean,"
                      "accuracy_crossbar_deviation,forgotten_mean,forgotten_deviation\r\n";
    for (const Row& row : table.rows()) {
        csv += row.label + "," + std::to_string(row.on_float.values.size()) + csv_cells(row.on_float) +
               csv_cells(row.on_crossbar) + csv_cells(row.forgotten) + "\r\n";
    }
    return csv;
}

}  // namespace remask
