using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>A context with a stream, a launcher and the kernels of the self-check.</summary>
internal sealed class SelfCheckDevice : IDisposable
{
    private readonly CudaModule module;

    /// <summary>Opens a device.</summary>
    public SelfCheckDevice(CudaLibraries libraries, int ordinal, CompiledKernel kernels, ContextOwnership ownership = ContextOwnership.Own)
    {
        Context = CudaContext.Create(libraries.Driver, ordinal, ownership);
        Stream = CudaStream.Create(Context);
        module = CudaModule.Load(Context, kernels.Name, kernels.Image);
        Launcher = new CudaLauncher(Stream, libraries.Ranges);
    }

    public CudaContext Context { get; }

    public CudaStream Stream { get; }

    public CudaLauncher Launcher { get; }

    /// <summary>A kernel by its name.</summary>
    public CudaFunction Function(string name) => module.GetFunction(name);

    /// <summary>A variable by its name.</summary>
    public ulong Variable(string name) => module.GetVariable(name).Address;

    /// <summary>Device memory with values in it.</summary>
    public CudaMemory Upload<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        using ContextScope scope = Context.Enter();
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
        CudaMemory memory = CudaMemory.Allocate(Context, bytes.Length);
        Stream.CopyToDevice(bytes, memory.Address);
        return memory;
    }

    /// <summary>What device memory holds, after everything queued is done.</summary>
    public T[] Download<T>(CudaMemory memory, int count)
        where T : unmanaged
    {
        using ContextScope scope = Context.Enter();
        T[] values = new T[count];
        Stream.CopyToHost(memory.Address, MemoryMarshal.AsBytes(values.AsSpan()));
        Stream.Synchronize();
        return values;
    }

    /// <summary>Launches a kernel.</summary>
    public void Launch(string name, in LaunchConfiguration configuration, ref readonly KernelArguments arguments)
    {
        using ContextScope scope = Context.Enter();
        Launcher.Launch(Function(name), configuration, in arguments);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        module.Dispose();
        Stream.Dispose();
        Context.Dispose();
    }
}
