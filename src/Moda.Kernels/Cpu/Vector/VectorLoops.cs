using System.Runtime.Intrinsics;
using Moda.Kernels.Cpu.Threading;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Vector;

/// <summary>
/// Runs kernels on a thread pool, compiled for one width of vectors and one activation. How many items a call processes depends on their
/// size alone, never on the number of threads, so that results don't either.
/// </summary>
/// <param name="threads">The pool.</param>
/// <param name="laneCount">The width: the lanes of one of the implementations of <see cref="IFloatVector{TSelf}"/>.</param>
internal sealed class VectorLoops(CpuThreadPool threads, int laneCount)
{
    /// <summary>The least elements that are worth giving to another thread: about ten microseconds of work.</summary>
    private const int GrainElements = 16_384;

    /// <summary>The lanes of the widest vectors that the code is compiled for: by the JIT, those that suit the machine best.</summary>
    public static int CompiledLaneCount =>
        Vector512.IsHardwareAccelerated ? FloatVector512.Count
        : Vector256.IsHardwareAccelerated ? FloatVector256.Count : FloatVector128.Count;

    /// <summary>The lanes of the vectors that kernels are run with.</summary>
    public int LaneCount => laneCount;

    /// <summary>Runs a kernel over all items.</summary>
    /// <param name="itemCount">Items.</param>
    /// <param name="elementsPerItem">The work in one item, counted in elements that are read or written.</param>
    /// <param name="kernel">The body.</param>
    public void For<TKernel>(int itemCount, long elementsPerItem, in TKernel kernel)
        where TKernel : unmanaged, IVectorKernel
    {
        int grain = (int)Math.Clamp(GrainElements / Math.Max(elementsPerItem, 1), 1, itemCount);
        int calls = (itemCount + grain - 1) / grain;
        if (laneCount == FloatVector512.Count)
        {
            threads.For(calls, new Ranges<TKernel, FloatVector512>(kernel, itemCount, grain));
        }
        else if (laneCount == FloatVector256.Count)
        {
            threads.For(calls, new Ranges<TKernel, FloatVector256>(kernel, itemCount, grain));
        }
        else
        {
            threads.For(calls, new Ranges<TKernel, FloatVector128>(kernel, itemCount, grain));
        }
    }

    /// <summary>Runs a kernel with an activation over all items.</summary>
    /// <param name="itemCount">Items.</param>
    /// <param name="elementsPerItem">The work in one item, counted in elements that are read or written.</param>
    /// <param name="activation">The activation.</param>
    /// <param name="kernel">The body.</param>
    public void For<TKernel>(
        int itemCount, long elementsPerItem, Activation activation, in TKernel kernel)
        where TKernel : unmanaged, IActivatedKernel
    {
        switch (activation.Kind)
        {
            case ActivationKind.None:
                For(itemCount, elementsPerItem, new Activated<TKernel, IdentityFunction>(kernel, default));
                break;
            case ActivationKind.Relu:
                For(itemCount, elementsPerItem, new Activated<TKernel, ReluFunction>(kernel, default));
                break;
            case ActivationKind.LeakyRelu:
                For(itemCount, elementsPerItem, new Activated<TKernel, LeakyReluFunction>(kernel, new(activation.Slope)));
                break;
            case ActivationKind.Gelu:
                For(itemCount, elementsPerItem, new Activated<TKernel, GeluFunction>(kernel, default));
                break;
            case ActivationKind.GeluTanh:
                For(itemCount, elementsPerItem, new Activated<TKernel, GeluTanhFunction>(kernel, default));
                break;
            case ActivationKind.Silu:
                For(itemCount, elementsPerItem, new Activated<TKernel, SiluFunction>(kernel, default));
                break;
            case ActivationKind.Sigmoid:
                For(itemCount, elementsPerItem, new Activated<TKernel, SigmoidFunction>(kernel, default));
                break;
            default:
                throw new NotSupportedException($"The CPU device has no activation {activation.Kind}.");
        }
    }

    private readonly struct Ranges<TKernel, TVector>(TKernel kernel, int itemCount, int grain) : IParallelKernel
        where TKernel : unmanaged, IVectorKernel
        where TVector : unmanaged, IFloatVector<TVector>
    {
        public void Invoke(int index) =>
            kernel.Invoke<TVector>(index * grain, (int)Math.Min((long)(index + 1) * grain, itemCount));
    }

    private readonly struct Activated<TKernel, TActivation>(TKernel kernel, TActivation activation) : IVectorKernel
        where TKernel : unmanaged, IActivatedKernel
        where TActivation : unmanaged, IActivationFunction
    {
        public void Invoke<TVector>(int start, int end)
            where TVector : unmanaged, IFloatVector<TVector> =>
            kernel.Invoke<TVector, TActivation>(start, end, activation);
    }
}
