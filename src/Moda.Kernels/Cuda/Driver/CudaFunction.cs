using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>A kernel of a module. Lives as long as the module, which it keeps alive.</summary>
internal sealed unsafe class CudaFunction
{
    private readonly nint handle;
    private readonly byte[] rangeName;

    internal CudaFunction(nint handle, CudaModule module, string name, byte[] rangeName)
    {
        this.handle = handle;
        this.rangeName = rangeName;
        Module = module;
        Name = name;
    }

    /// <summary>The module.</summary>
    public CudaModule Module { get; }

    /// <summary>Its name in the source.</summary>
    public string Name { get; }

    /// <summary>The native function.</summary>
    /// <exception cref="ObjectDisposedException">The module was disposed.</exception>
    public nint Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(Module.IsDisposed, Module);
            return handle;
        }
    }

    /// <summary>Its name as profilers want it: UTF-8, zero-terminated.</summary>
    public ReadOnlySpan<byte> RangeName => rangeName;

    private CudaContext Context => Module.Context;

    /// <summary>Registers per thread, bytes of shared and local memory, and so on.</summary>
    public int GetAttribute(FunctionAttribute attribute)
    {
        using ContextScope scope = Context.Enter();
        int value;
        Context.Check(Context.Driver.FunctionGetAttribute(&value, attribute, Value), "cuFuncGetAttribute");
        return value;
    }

    /// <summary>Allows launches with more dynamic shared memory than the 48 KB that need no permission.</summary>
    /// <exception cref="CudaException">The device has less.</exception>
    public void AllowDynamicSharedMemory(int byteLength) =>
        SetAttribute(FunctionAttribute.MaximumDynamicSharedMemory, byteLength);

    /// <summary>Allows clusters of up to 16 blocks, which not every device of a generation has.</summary>
    public void AllowNonPortableClusters() => SetAttribute(FunctionAttribute.NonPortableClusterSizeAllowed, 1);

    /// <summary>How many blocks of this kernel fit on one multiprocessor at once.</summary>
    public int BlocksPerMultiprocessor(int threadsPerBlock, int dynamicSharedBytes)
    {
        using ContextScope scope = Context.Enter();
        int blocks;
        Context.Check(
            Context.Driver.OccupancyMaximumActiveBlocks(&blocks, Value, threadsPerBlock, (nuint)dynamicSharedBytes),
            "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks;
    }

    private void SetAttribute(FunctionAttribute attribute, int value)
    {
        using ContextScope scope = Context.Enter();
        int status = Context.Driver.FunctionSetAttribute(Value, attribute, value);
        if (status != 0)
        {
            throw Context.Failure(status, "cuFuncSetAttribute", $"{attribute} = {value:N0} for kernel {Name}.");
        }
    }
}
