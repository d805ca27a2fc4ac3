set(REMASK_FLOAT_SOURCES
    float_backward.cpp float_backward_layers.cpp float_batch_norm.cpp float_convolution.cpp float_depthwise.cpp
    float_elementwise.cpp float_forward.cpp float_im2col.cpp float_loss.cpp float_network.cpp float_plan.cpp
    float_pooling.cpp float_product.cpp float_weight_sum.cpp optimizer.cpp)
