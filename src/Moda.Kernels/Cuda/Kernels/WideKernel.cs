using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>A kernel in two forms (<c>lanes.cuh</c>): one element for each thread, and 16 bytes of neighbouring channels.</summary>
internal sealed class WideKernel(CudaModule module, string name)
{
    /// <summary>Bytes that a thread of the wide form reads at once.</summary>
    private const int WideBytes = 16;

    private readonly CudaFunction narrow = module.GetFunction(name);
    private readonly CudaFunction wide = module.GetFunction(name + "_wide");

    /// <summary>The form that the tensors allow.</summary>
    /// <param name="tensors">All tensors that are read or written by lanes: their channels, strides and addresses decide.</param>
    /// <returns>The kernel, and the elements that a thread takes.</returns>
    public (CudaFunction Function, int Lanes) For(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            int size = tensor.Type.SizeInBytes();
            if (tensor.Channels * size % WideBytes != 0 || tensor.RowStride * size % WideBytes != 0 || tensor.Address() % WideBytes != 0)
            {
                return (narrow, 1);
            }
        }

        return (wide, WideBytes / tensors[0].Type.SizeInBytes());
    }
}
