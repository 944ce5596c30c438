// Tiles of 160 output channels.
#include "convolution_wgmma.cuh"

#if MODA_HALF && __CUDA_ARCH__ >= 900

CONVOLUTION_KERNEL(1, 160)
CONVOLUTION_KERNEL(2, 160)

#endif
