using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Execution;

/// <summary>A kernel in two forms: a thread takes one element, or several neighbouring channels at once (<c>lanes.cuh</c>).</summary>
internal sealed class WideKernel
{
    /// <summary>Bytes that a thread of the wide form reads at once unless a number of channels is given.</summary>
    private const int WideBytes = 16;

    private readonly CudaFunction narrow;
    private readonly CudaFunction wide;
    private readonly int? wideLanes;

    /// <summary>The kernel whose wide form, <c>NAME_wide</c>, takes 16 bytes.</summary>
    public WideKernel(CudaModule module, string name)
        : this(module, name, name + "_wide", wideLanes: null)
    {
    }

    /// <summary>The kernel whose wide form has a name of its own and takes that many channels.</summary>
    public WideKernel(CudaModule module, string name, string wideName, int? wideLanes)
    {
        narrow = module.GetFunction(name);
        wide = module.GetFunction(wideName);
        this.wideLanes = wideLanes;
    }

    /// <summary>The form that the tensors allow.</summary>
    /// <param name="tensors">All tensors that the wide form reads or writes several channels at a time; it is chosen if all are aligned.</param>
    /// <returns>The kernel, and the elements that a thread takes.</returns>
    public (CudaFunction Function, int Lanes) For(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (!tensor.IsAligned(LanesOf(tensor) * tensor.Type.SizeInBytes()))
            {
                return (narrow, 1);
            }
        }

        return (wide, LanesOf(tensors[0]));
    }

    private int LanesOf(Tensor tensor) => wideLanes ?? WideBytes / tensor.Type.SizeInBytes();
}
