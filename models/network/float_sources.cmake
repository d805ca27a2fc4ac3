set(REMASK_FLOAT_SOURCES
    float_attention.cpp float_backward.cpp float_backward_layers.cpp float_batch_norm.cpp float_elementwise.cpp
    float_forward.cpp float_layout.cpp float_loss.cpp float_network.cpp float_plan.cpp float_pooling.cpp float_signs.cpp
    float_unweighted.cpp float_weight_sum.cpp held_activations.cpp lean_backward.cpp lean_forward.cpp lean_network.cpp
    optimizer.cpp)
