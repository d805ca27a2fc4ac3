#include <gmock/gmock.h>

#include <map>
#include <set>

#include "models/data/dataset.h"

namespace remask {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Records the fields' options and the faults that are reported.
class RecordingFields : public Fields {
public:
    void require(bool holds, std::string_view name, const std::string& message) override {
        if (!holds) faults[std::string(name)] = message;
    }
    std::map<std::string, FieldOptions> options;
    std::map<std::string, std::string> faults;

protected:
    void boolean(std::string_view name, bool&, const FieldOptions& o) override { note(name, o); }
    void integer(std::string_view name, std::int64_t&, const FieldOptions& o) override { note(name, o); }
    void real(std::string_view name, double&, const FieldOptions& o) override { note(name, o); }
    void text(std::string_view name, std::string&, const FieldOptions& o) override { note(name, o); }
    void path(std::string_view name, std::filesystem::path&, const FieldOptions& o) override { note(name, o); }
    void quantity(std::string_view name, double&, const DimensionVector&, const FieldOptions& o) override {
        note(name, o);
    }
    void choice(std::string_view name, int&, std::span<const std::string_view>, const FieldOptions& o) override {
        note(name, o);
    }
    bool enter_struct(std::string_view, const FieldOptions&) override { return true; }
    void leave_struct() override {}
    std::int64_t enter_list(std::string_view name, std::size_t, const FieldOptions& o) override {
        note(name, o);
        return -1;
    }
    void leave_list() override {}
    std::optional<std::vector<std::string>> enter_map(std::string_view, const std::vector<std::string>&,
                                                      const FieldOptions&) override {
        return {};
    }
    void leave_map() override {}
    bool has(std::string_view, bool present) override { return present; }

private:
    void note(std::string_view name, const FieldOptions& given) { options[std::string(name)] = given; }
};

std::map<std::string, std::string> faults_of(DataSelection selection) {
    RecordingFields fields;
    describe(fields, selection);
    return fields.faults;
}

DataSelection of(const std::string& dataset) {
    DataSelection selection;
    selection.dataset = dataset;
    return selection;
}

TEST(DataSelectionFields, OnlyTheDataSetMustBeGiven) {
    RecordingFields fields;
    DataSelection selection = of("digits");
    describe(fields, selection);
    EXPECT_EQ(fields.options.size(), 8U);
    for (const auto& [name, options] : fields.options) {
        EXPECT_EQ(options.optional, name != "dataset") << name;
        EXPECT_FALSE(options.doc.empty()) << name;
    }
    EXPECT_EQ(fields.options.at("validation_share").max, 0.5);
    EXPECT_THAT(fields.faults, IsEmpty());
}

TEST(DataSelectionFields, AnImageFolderHasAPathAndAView) {
    RecordingFields fields;
    DataSelection selection = of("image_folder");
    describe(fields, selection);
    EXPECT_FALSE(fields.options.at("path").optional);
    for (const char* name : {"view", "shorter_side", "training_crop"}) EXPECT_TRUE(fields.options.at(name).optional);
    EXPECT_THAT(fields.faults, IsEmpty());
    RecordingFields undecided;  // the reference shows what all data sets know
    selection.dataset.clear();
    describe(undecided, selection);
    EXPECT_TRUE(undecided.options.at("path").optional);
}

TEST(DataSelectionFields, FaultsThatNeedNoDataAreReported) {
    EXPECT_THAT(faults_of(of("fashion-mnist")).at("dataset"), HasSubstr("did you mean 'fashion_mnist'?"));
    DataSelection selection = of("gtsrb");
    selection.classes = {42, 43};
    EXPECT_THAT(faults_of(selection).at("classes"), HasSubstr("0..42"));
    selection = of("cifar100");
    selection.classes = {20};
    EXPECT_THAT(faults_of(selection), IsEmpty());
    selection.labels = "coarse";
    EXPECT_THAT(faults_of(selection).at("classes"), HasSubstr("0..19"));
    selection.labels = "rough";
    EXPECT_EQ(faults_of(selection).count("labels"), 1U);
    selection = of("mnist");
    selection.alphabet = "Greek";
    EXPECT_EQ(faults_of(selection).count("alphabet"), 1U);
    selection = of("omniglot");
    selection.classes = {500};  // only the files tell
    EXPECT_THAT(faults_of(selection), IsEmpty());
}

TEST(DataSelectionFields, AugmentationIsOffUnlessAskedFor) {
    RecordingFields fields;
    Augmentation augmentation;
    describe(fields, augmentation);
    for (const auto& [name, options] : fields.options) EXPECT_TRUE(options.optional) << name;
    EXPECT_FALSE(augmentation.flip);
    EXPECT_EQ(augmentation.crop_padding, 0);
}

TEST(DataSets, TheListHasDistinctNamesWithDescriptions) {
    std::set<std::string_view> names;
    for (const DatasetInfo& info : list_datasets()) {
        EXPECT_TRUE(names.insert(info.name).second) << info.name;
        EXPECT_FALSE(info.description.empty()) << info.name;
    }
    for (const char* name :
         {"fashion_mnist", "digits", "cifar10", "cifar100", "mnist", "gtsrb", "omniglot", "image_folder"}) {
        EXPECT_EQ(names.count(name), 1U) << name;
    }
}

}  // namespace
}  // namespace remask
