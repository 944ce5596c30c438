// Tiles of 64 output channels.
#include "convolution_wgmma.cuh"

#if MODA_HALF && __CUDA_ARCH__ >= 900

CONVOLUTION_KERNEL(1, 64)
CONVOLUTION_KERNEL(2, 64)

#endif
