// Tiles of 128 output channels.
#include "convolution_wgmma.cuh"

#if MODA_HALF && __CUDA_ARCH__ >= 900

CONVOLUTION_KERNEL(1, 128)
CONVOLUTION_KERNEL(2, 128)

#endif
