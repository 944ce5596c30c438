using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>convolution_simt.cu</c> and, where activations are float16, <c>convolution_mma.cu</c>.</summary>
internal sealed class ConvolutionKernels(CudaModule simt, CudaModule? mma)
{
    public readonly CudaFunction Simt = simt.GetFunction("convolution_simt");
    public readonly CudaFunction Depthwise = simt.GetFunction("convolution_depthwise");
    public readonly CudaFunction Narrow = simt.GetFunction("convolution_narrow");
    public readonly CudaFunction? Mma32 = mma?.GetFunction("convolution_mma_32");
    public readonly CudaFunction? Mma64 = mma?.GetFunction("convolution_mma_64");
    public readonly CudaFunction? Mma128 = mma?.GetFunction("convolution_mma_128");
}
