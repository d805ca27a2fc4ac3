#include "sim/app/run/kept_task.h"

#include "sim/storage/hdf5_file.h"

namespace remask {

TaskParameters KeptTask::load() const {
    TaskParameters parameters = file.empty() ? assumed : load_learned(file, group);
    parameters.carried.clear();
    return parameters;
}

void save_learned(const std::filesystem::path& file, const TaskParameters& task) {
    Hdf5Writer writer(file);
    save_task_parameters(writer, saved_task, task);
    writer.commit();
}

TaskParameters load_learned(const std::filesystem::path& file, const std::string& group) {
    return load_task_parameters(Hdf5Reader(file), group);
}

}  // namespace remask
