// A convolution whose outputs, gammas and betas, modulate a map.
#include "convolution_wgmma.cuh"

#if MODA_HALF && __CUDA_ARCH__ >= 900

extern "C" __global__ void __launch_bounds__(384, 1) convolution_modulate(
    const __grid_constant__ tensor_map input, const half_bits* weights, const __grid_constant__ convolution_geometry g,
    const __grid_constant__ convolution_variants v, const __grid_constant__ convolution_boxes boxes,
    const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride, int batch,
    const __grid_constant__ convolution_modulation modulation)
{
    convolve<2, 128, true>(input, weights, g, v, boxes, e, output, output_stride, batch, nullptr, modulation);
}

#endif
