using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Accelerators;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;

namespace Moda.Kernels.Ilgpu.Queues;

/// <summary>A queue of work on an accelerator: the stream, and memory for the duration of one op. One thread uses it at a time.</summary>
internal sealed class IlgpuQueue : IDisposable
{
    private readonly OpenAccelerator accelerator;
    private readonly AcceleratorStream stream;
    private readonly IlgpuScratch scratch;

    /// <summary>Creates a queue.</summary>
    /// <param name="accelerator">The accelerator; the queue does not own it.</param>
    public IlgpuQueue(OpenAccelerator accelerator)
    {
        this.accelerator = accelerator;
        stream = accelerator.Accelerator.CreateStream();
        scratch = new IlgpuScratch(stream, accelerator.Allocate);
    }

    /// <summary>The device's name, for errors.</summary>
    public string DeviceName => accelerator.Name;

    /// <summary>What kernels get for an operand that is not there.</summary>
    public TensorView Nothing => new(accelerator.Nothing.Values, 0);

    /// <summary>Queues a kernel with a thread for each of a number of elements.</summary>
    public void LaunchForElements<TArguments>(Kernel<TArguments> kernel, long count, in TArguments arguments)
        where TArguments : struct => Launch(kernel, accelerator.Shape.ForElements(count), arguments);

    /// <summary>Queues a kernel with a group for each of a number of rows.</summary>
    public void LaunchForRows<TArguments>(Kernel<TArguments> kernel, long rows, in TArguments arguments)
        where TArguments : struct => Launch(kernel, accelerator.Shape.ForRows(rows), arguments);

    /// <summary>Queues a kernel.</summary>
    /// <exception cref="IlgpuException">The kernel can't be compiled or launched, or an earlier one failed.</exception>
    public void Launch<TArguments>(Kernel<TArguments> kernel, KernelConfig configuration, in TArguments arguments)
        where TArguments : struct
    {
        try
        {
            accelerator.Accelerator.Bind();
            kernel.Launch(stream, configuration, arguments);
        }
        catch (Exception failure) when (IsFault(failure))
        {
            throw new IlgpuException(DeviceName, $"launching {kernel.Name}", failure);
        }
    }

    /// <summary>Room for so many values, for the next op.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public ArrayView<float> RentScratch(long count) => scratch.Rent(count);

    /// <summary>Copies values to the device. They may change as soon as the call returns.</summary>
    /// <exception cref="IlgpuException">An earlier kernel failed.</exception>
    public unsafe void Upload(ReadOnlySpan<float> values, ArrayView<float> destination)
    {
        try
        {
            accelerator.Accelerator.Bind();

            // ILGPU does not pin what it is given by reference, and waits until the copy has ended.
            fixed (float* pinned = values)
            {
                destination.CopyFromCPU(stream, ref *pinned, values.Length);
            }
        }
        catch (Exception failure) when (IsFault(failure))
        {
            throw new IlgpuException(DeviceName, $"copying {values.Length} values to it", failure);
        }
    }

    /// <summary>Copies values to the host, after everything that is queued.</summary>
    /// <exception cref="IlgpuException">An earlier kernel failed.</exception>
    public unsafe void Download<TValue>(ArrayView<TValue> source, Span<TValue> values)
        where TValue : unmanaged
    {
        try
        {
            accelerator.Accelerator.Bind();

            // Not pinned, the values could be moved by the garbage collector while they are copied.
            fixed (TValue* pinned = values)
            {
                source.CopyToCPU(stream, ref *pinned, values.Length);
            }
        }
        catch (Exception failure) when (IsFault(failure))
        {
            throw new IlgpuException(DeviceName, $"copying {values.Length} values from it", failure);
        }
    }

    /// <summary>Sets values to zero.</summary>
    public void Clear(ArrayView<float> values)
    {
        accelerator.Accelerator.Bind();
        values.MemSetToZero(stream);
    }

    /// <summary>Waits until everything queued is done.</summary>
    /// <exception cref="IlgpuException">A kernel failed.</exception>
    public void Synchronize()
    {
        try
        {
            accelerator.Accelerator.Bind();
            stream.Synchronize();
        }
        catch (Exception failure) when (IsFault(failure))
        {
            throw new IlgpuException(DeviceName, "running what was queued", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        scratch.Dispose();
        stream.Dispose();
    }

    private static bool IsFault(Exception failure) => failure is AcceleratorException or InternalCompilerException or NotSupportedException;
}
