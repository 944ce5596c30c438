// Tiles of 32 output channels.
#include "convolution_wgmma.cuh"

#if MODA_HALF && __CUDA_ARCH__ >= 900

CONVOLUTION_KERNEL(2, 32)
CONVOLUTION_KERNEL(4, 32)

#endif
