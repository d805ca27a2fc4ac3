#include "sim/config/extends.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "sim/base/files.h"
#include "sim/config/document.h"
#include "sim/config/yaml_parser.h"

namespace remask {

namespace fs = std::filesystem;

namespace {

fs::path identity(const fs::path& file) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(file, error);
    return error ? file : canonical;
}

/// Names of the YAML files in a folder, sorted.
std::vector<std::string> yaml_files(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder.empty() ? fs::path(".") : folder, error)) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".yaml" || extension == ".yml") names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

void merge_over(Node& base, Node over) {
    if (base.kind != Node::Kind::map || over.kind != Node::Kind::map) {
        base = std::move(over);
        return;
    }
    base.location = over.location;
    for (NodeEntry& entry : over.entries) {
        if (NodeEntry* below = base.find(entry.key)) {
            below->key_location = entry.key_location;
            merge_over(below->value, std::move(entry.value));
        } else {
            base.entries.push_back(std::move(entry));
        }
    }
}

void Extender::resolve(Node& node, std::vector<fs::path>& chain) {
    for (Node& item : node.items) resolve(item, chain);
    for (NodeEntry& entry : node.entries) {
        if (entry.key != "extends") resolve(entry.value, chain);
    }
    const NodeEntry* found = node.find("extends");
    if (found == nullptr) return;
    const Node reference = found->value;
    node.entries.erase(node.entries.begin() + (found - node.entries.data()));

    Node merged;
    merged.kind = Node::Kind::map;
    if (reference.kind == Node::Kind::list) {
        for (const Node& item : reference.items) merge_over(merged, read_base(item, chain));
    } else {
        merge_over(merged, read_base(reference, chain));
    }
    merge_over(merged, std::move(node));
    node = std::move(merged);
}

Node Extender::read_base(const Node& reference, std::vector<fs::path>& chain) {
    Node nothing;
    nothing.kind = Node::Kind::map;
    const auto refuse = [&](const std::string& message) {
        faults_.push_back({reference.location, "extends", message});
        return nothing;
    };
    if (reference.kind != Node::Kind::scalar) {
        return refuse("must be a file name or a list of file names, not " + std::string(kind_name(reference.kind)));
    }
    const fs::path file = find_file(reference);
    if (file.empty()) return nothing;
    const fs::path self = identity(file);
    if (const auto at = std::find(chain.begin(), chain.end(), self); at != chain.end()) {
        std::string circle;
        for (auto link = at; link != chain.end(); ++link) circle.append(link->filename().string()).append(" -> ");
        return refuse("files extend each other in a circle: " + circle + self.filename().string());
    }
    std::string text;
    try {
        text = read_file(file);
    } catch (const InputError& error) {
        return refuse(file.string() + ": " + error.diagnostics().front().message);
    }
    files_.push_back(file);
    Node base = parse_yaml(text, file.string(), faults_);
    if (base.kind != Node::Kind::map) return refuse(file.string() + " does not hold a map");
    chain.push_back(self);
    resolve(base, chain);
    chain.pop_back();
    return base;
}

fs::path Extender::find_file(const Node& reference) {
    const fs::path wanted(reference.text);
    std::vector<fs::path> folders{folder_of(reference.location)};
    if (!wanted.is_absolute()) folders.insert(folders.end(), search_.begin(), search_.end());
    std::string tried;
    std::vector<std::string> near;
    for (const fs::path& folder : folders) {
        const fs::path file = (folder / wanted).lexically_normal();
        std::error_code error;
        if (!wanted.empty() && fs::exists(file, error) && !fs::is_directory(file, error)) return file;
        tried.append(tried.empty() ? "" : ", ").append(folder.empty() ? "." : folder.string());
        for (std::string& name : yaml_files(file.parent_path())) near.push_back(std::move(name));
    }
    std::string suggestion = did_you_mean(wanted.filename().string(), near);
    faults_.push_back(
        {reference.location, "extends", "there is no file '" + reference.text + "' in " + tried + suggestion});
    return {};
}

}  // namespace remask
