#include "models/onnx/onnx_import.h"

#include "models/onnx/graph_importer.h"

namespace remask {

OnnxModel import_onnx(const std::filesystem::path& path, const OnnxOptions& options) {
    const onnx_import::OnnxGraph graph = onnx_import::read_onnx(path);
    OnnxModel imported = onnx_import::GraphImporter(graph, options, path.string()).import();
    imported.model.provenance = "imported from " + path.filename().string() + ", ONNX opset " +
                                std::to_string(graph.opset) + ", produced by " + graph.producer;
    return imported;
}

}  // namespace remask
