#include "models/methods/sparcl_learner.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

// The authors' settings.
constexpr double logit_weight = 0.1;  // alpha of DER++
constexpr double label_weight = 0.5;  // beta of DER++
constexpr int renewal_epochs = 5;     // of the weights' mask, and between removals of data
constexpr double last_renewal = 0.9;  // of the epochs; what grows later would not learn any more
constexpr int last_removal_epoch = 20;
constexpr std::int64_t gradient_steps = 30;  // between renewals of the gradients' mask

std::map<std::string, WeightCounts> counts_of(const SparseMasks& masks, bool all_gradients) {
    std::map<std::string, WeightCounts> counts;
    for (const std::string& name : masks.weights()) {
        const std::int64_t existing = masks.existing(name);
        counts[name] = {existing, all_gradients ? existing : masks.updated(name)};
    }
    return counts;
}

}  // namespace

int JointHead::total() const {
    return std::accumulate(classes.begin(), classes.end(), 0);
}
int JointHead::first(int task) const {
    return std::accumulate(classes.begin(), classes.begin() + task, 0);
}

double task_cross_entropy(std::span<const float> logits, const JointHead& head, std::span<const int> tasks,
                          std::span<const int> labels, double weight, std::span<float> gradient) {
    const auto total = static_cast<std::size_t>(head.total());
    const double share = weight / static_cast<double>(labels.size());
    double loss = 0.0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const std::size_t begin = row * total + static_cast<std::size_t>(head.first(tasks[row]));
        const auto classes = static_cast<std::size_t>(head.classes[static_cast<std::size_t>(tasks[row])]);
        const std::span<const float> own = logits.subspan(begin, classes);
        const double largest = static_cast<double>(*std::max_element(own.begin(), own.end()));
        double sum = 0.0;
        for (const float logit : own) sum += std::exp(static_cast<double>(logit) - largest);
        const auto right = static_cast<std::size_t>(labels[row]);
        loss += share * (std::log(sum) + largest - static_cast<double>(own[right]));
        for (std::size_t c = 0; c < classes; ++c) {
            const double p = std::exp(static_cast<double>(own[c]) - largest) / sum;
            gradient[begin + c] += static_cast<float>(share * (p - (c == right ? 1.0 : 0.0)));
        }
    }
    return loss;
}

double logit_distance(std::span<const float> logits, const JointHead& head, std::span<const int> tasks,
                      const std::vector<std::span<const float>>& wanted, double weight, std::span<float> gradient) {
    const auto total = static_cast<std::size_t>(head.total());
    std::size_t values = 0;
    for (const std::span<const float>& row : wanted) values += row.size();
    const double share = weight / static_cast<double>(values);
    double loss = 0.0;
    for (std::size_t row = 0; row < wanted.size(); ++row) {
        const std::size_t begin = row * total + static_cast<std::size_t>(head.first(tasks[row]));
        for (std::size_t c = 0; c < wanted[row].size(); ++c) {
            const double apart = static_cast<double>(logits[begin + c]) - static_cast<double>(wanted[row][c]);
            loss += share * apart * apart;
            gradient[begin + c] += static_cast<float>(2.0 * share * apart);
        }
    }
    return loss;
}

/// The new images, then those replayed for their logits, then those replayed for their labels.
struct SparclLearner::StepImages {
    std::vector<float> pixels;
    std::vector<int> tasks, labels;
    std::vector<std::span<const float>> logits;  // of the second part
    std::size_t fresh = 0, replayed = 0;         // the second and third part have `replayed` images each
};

SparclLearner::SparclLearner(TaskSession& session, SparseMasks& masks, ReplayBuffer& buffer, JointHead& head,
                             const ParameterMap* previous, ThreadPool& pool)
    : session_(session),
      options_(session.config.sparcl),
      masks_(masks),
      buffer_(buffer),
      head_(head),
      task_(static_cast<int>(head.classes.size()) - 1),
      network_(task_network(session.input.network, head.total())),
      parameters_(session.parameters),
      trained_(session.trained()),
      pool_(pool),
      runner_(network_, pool),
      optimizer_(optimizer_options(session.recipe, session.recipe.learning_rate),
                 session.recipe.epochs * ((session.input.count() + session.recipe.batch - 1) / session.recipe.batch)) {
    const std::string classifier = network_.layers.back().name;
    for (const char* part : {".weight", ".bias"}) {
        Tensor& own = parameters_.at(classifier + part);  // the rows of earlier tasks come before it
        if (previous == nullptr) continue;
        Tensor joint = previous->at(std::string("head") + part);
        joint.values.insert(joint.values.end(), own.values.begin(), own.values.end());
        joint.shape[0] = head.total();
        own = std::move(joint);
    }
    const auto count = static_cast<std::size_t>(session.input.count());
    active_.resize(count);
    std::iota(active_.begin(), active_.end(), std::int64_t{0});
    forgotten_.assign(count, 0);
    was_right_.assign(count, false);
    const int removals = std::min(last_removal_epoch, session.recipe.epochs - 1) / renewal_epochs;
    if (removals > 0) {
        removed_each_ = static_cast<std::int64_t>(options_.removed_share * static_cast<double>(count) / removals);
    }
}

TrainingInfo SparclLearner::learn(Progress& progress) {
    const LearningInput& input = session_.input;
    TrainingRound round = whole_recipe(session_.recipe);
    round.epochs = 1;
    update_costs();
    for (int epoch = 0; epoch < session_.recipe.epochs; ++epoch) {
        if (epoch > 0 && epoch % renewal_epochs == 0) {
            if (epoch < last_renewal * session_.recipe.epochs) renew_masks(epoch);
            if (epoch <= last_removal_epoch) remove_least_forgotten();
        }
        std::vector<int> labels;
        for (const std::int64_t image : active_) labels.push_back(input.labels[static_cast<std::size_t>(image)]);
        round.first_epoch = epoch;
        const EpochTotals totals =
            run_epochs(trainer_options(session_, round).epochs, network_.input, input.images.only(active_), labels,
                       pool_, progress, [&](const Batch& batch) { return step(batch); });
        info_.loss.insert(info_.loss.end(), totals.loss.begin(), totals.loss.end());
    }
    info_.epochs = session_.recipe.epochs;
    const auto first = static_cast<std::size_t>(head_.first(task_));
    const std::string classifier = network_.layers.back().name;
    for (auto& [name, tensor] : session_.parameters) {
        const std::vector<float>& learned = parameters_.at(name).values;
        const std::size_t row = tensor.values.size() / static_cast<std::size_t>(tensor.shape[0]);
        const bool own = name == classifier + ".weight" || name == classifier + ".bias";
        const auto begin = learned.begin() + static_cast<std::ptrdiff_t>(own ? first * row : 0);
        tensor.values.assign(begin, begin + static_cast<std::ptrdiff_t>(tensor.values.size()));
    }
    return info_;
}

void SparclLearner::save_head(ParameterMap& to) const {
    to["head.weight"] = parameters_.at(network_.layers.back().name + ".weight");
    to["head.bias"] = parameters_.at(network_.layers.back().name + ".bias");
}

SparclLearner::StepImages SparclLearner::gather(const Batch& batch) const {
    StepImages images;
    images.fresh = batch.labels.size();
    images.pixels.assign(batch.images.begin(), batch.images.end());
    images.tasks.assign(images.fresh, task_);
    images.labels.assign(batch.labels.begin(), batch.labels.end());
    if (task_ == 0) return images;  // nothing earlier to remember
    images.replayed = images.fresh;
    const std::int64_t step = buffer_.seen();  // every step adds to the buffer, so this names it over all tasks
    for (const int part : {0, 1}) {
        for (const ReplayBuffer::Item* item : buffer_.sample(static_cast<int>(images.replayed), step, part)) {
            images.pixels.insert(images.pixels.end(), item->image.begin(), item->image.end());
            images.tasks.push_back(item->task);
            images.labels.push_back(item->label);
            if (part == 0) images.logits.emplace_back(item->logits);
        }
    }
    return images;
}

double SparclLearner::loss_of(const StepImages& images, std::span<const float> logits) {
    logit_gradients_.assign(logits.size(), 0.0f);
    const auto total = static_cast<std::size_t>(head_.total());
    const std::span<float> gradient(logit_gradients_);
    const std::span<const int> tasks(images.tasks), labels(images.labels);
    const std::size_t fresh = images.fresh, replayed = images.replayed;
    double loss = task_cross_entropy(logits.first(fresh * total), head_, tasks.first(fresh), labels.first(fresh), 1.0,
                                     gradient.first(fresh * total));
    if (replayed == 0) return loss;
    const std::size_t second = fresh, third = fresh + replayed;
    loss += logit_distance(logits.subspan(second * total, replayed * total), head_, tasks.subspan(second, replayed),
                           images.logits, logit_weight, gradient.subspan(second * total, replayed * total));
    loss += task_cross_entropy(logits.subspan(third * total), head_, tasks.subspan(third), labels.subspan(third),
                               label_weight, gradient.subspan(third * total));
    return loss;
}

double SparclLearner::step(const Batch& batch) {
    const StepImages images = gather(batch);
    const int count = static_cast<int>(images.tasks.size());
    const BatchNormMode mode = session_.batch_norm_trained() ? BatchNormMode::train : BatchNormMode::evaluate;
    const std::vector<float> logits = runner_.forward(images.pixels, count, parameters_, mode, true);
    const double loss = loss_of(images, logits);
    runner_.backward(logit_gradients_, parameters_, trained_, gradients_);
    const bool chooses = steps_++ % gradient_steps == 0;
    if (chooses) {
        for (const std::string& name : masks_.weights()) full_gradients_[name] = gradients_.at(name);
        masks_.choose_updated(gradients_);
        update_costs();
    }
    masks_.mask_gradients(gradients_);
    for (const std::string& name : masks_.weights()) before_[name] = parameters_.at(name);
    optimizer_.step(parameters_, gradients_);
    masks_.keep_others(before_, parameters_);
    const StepCost& cost = chooses ? full_cost_ : cost_;
    info_.macs += static_cast<double>(cost.macs) * count;
    info_.images += count;
    info_.peak_activation_bytes = std::max(info_.peak_activation_bytes, peak_activation_bytes(cost, count));
    note_predictions(batch, logits);
    remember(batch, logits);
    return loss;
}

void SparclLearner::renew_masks(int epoch) {
    masks_.renew(parameters_, full_gradients_, static_cast<std::int64_t>(task_) * 100'000 + epoch);
    masks_.choose_updated(full_gradients_);
    update_costs();
}

void SparclLearner::update_costs() {
    cost_ = step_cost(network_, trained_, session_.batch_norm_trained(), counts_of(masks_, false));
    full_cost_ = step_cost(network_, trained_, session_.batch_norm_trained(), counts_of(masks_, true));
}

void SparclLearner::note_predictions(const Batch& batch, std::span<const float> logits) {
    const auto total = static_cast<std::size_t>(head_.total()), first = static_cast<std::size_t>(head_.first(task_));
    const auto classes = static_cast<std::size_t>(head_.classes.back());
    for (std::size_t row = 0; row < batch.labels.size(); ++row) {
        const auto own = logits.subspan(row * total + first, classes);
        const bool right = std::max_element(own.begin(), own.end()) - own.begin() == batch.labels[row];
        const auto image = static_cast<std::size_t>(active_[static_cast<std::size_t>(batch.indices[row])]);
        if (was_right_[image] && !right) ++forgotten_[image];
        was_right_[image] = right;
    }
}

void SparclLearner::remember(const Batch& batch, std::span<const float> logits) {
    const auto total = static_cast<std::size_t>(head_.total()), first = static_cast<std::size_t>(head_.first(task_));
    const auto size = static_cast<std::size_t>(network_.input.size());
    for (std::size_t row = 0; row < batch.labels.size(); ++row) {
        const auto pixels = batch.images.subspan(row * size, size);
        const auto own = logits.subspan(row * total + first, static_cast<std::size_t>(head_.classes.back()));
        buffer_.add({{pixels.begin(), pixels.end()}, task_, batch.labels[row], {own.begin(), own.end()}});
    }
}

/// DDR: the images that went from right to wrong least often; of equal ones the first.
void SparclLearner::remove_least_forgotten() {
    const std::int64_t removable = std::max<std::int64_t>(0, static_cast<std::int64_t>(active_.size()) - 2);
    const std::int64_t removed = std::min(removed_each_, removable);
    std::vector<std::int64_t> order = active_;
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return forgotten_[static_cast<std::size_t>(a)] < forgotten_[static_cast<std::size_t>(b)];
    });
    order.erase(order.begin(), order.begin() + removed);
    std::sort(order.begin(), order.end());
    active_ = std::move(order);
}

}  // namespace remask
