// The methods that come with remask, one file each. A new one is declared here and listed in registry.cpp.
#pragma once

#include "models/methods/method.h"

namespace remask {

MethodInfo classifier_method();        // classifier.cpp
MethodInfo finetune_method();          // finetune.cpp
MethodInfo piggyback_method();         // piggyback.cpp
MethodInfo supsup_method();            // supsup.cpp
MethodInfo ksm_method();               // ksm.cpp
MethodInfo xbm_method();               // xbm.cpp
MethodInfo xma_method();               // xma.cpp
MethodInfo xma2_method();              // xma2.cpp
MethodInfo packnet_method();           // packnet.cpp
MethodInfo cpg_method();               // cpg.cpp
MethodInfo series_adapter_method();    // adapters.cpp
MethodInfo parallel_adapter_method();  // adapters.cpp
MethodInfo da3_method();               // da3.cpp
MethodInfo sparcl_method();            // sparcl.cpp

}  // namespace remask
