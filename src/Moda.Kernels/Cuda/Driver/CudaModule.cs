using System.Text;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>Compiled kernels, loaded on a device.</summary>
internal sealed unsafe class CudaModule : ContextHandle
{
    private CudaModule(nint handle, CudaContext context, string name)
        : base(handle, context)
    {
        Name = name;
    }

    /// <summary>The source it was compiled from: <c>attention.cu</c>.</summary>
    public string Name { get; }

    protected override delegate* unmanaged<nint, int> Releaser => Driver.ModuleUnload;

    /// <summary>Loads a cubin, or PTX that ends in a zero byte.</summary>
    /// <param name="context">The context.</param>
    /// <param name="name">The source's name, for errors.</param>
    /// <param name="image">What the compiler made of it.</param>
    /// <exception cref="CudaException">The image is not for this device.</exception>
    public static CudaModule Load(CudaContext context, string name, ReadOnlySpan<byte> image)
    {
        using ContextScope scope = context.Enter();
        nint handle;
        fixed (byte* bytes = image)
        {
            int status = context.Driver.ModuleLoadData(&handle, bytes);
            return status == 0
                ? new CudaModule(handle, context, name)
                : throw context.Failure(status, "cuModuleLoadData", $"The image of {name} has {image.Length:N0} bytes.");
        }
    }

    /// <summary>Finds a kernel.</summary>
    /// <param name="name">Its <c>extern "C"</c> name.</param>
    /// <exception cref="CudaException">The module has no such kernel (<see cref="CudaException.IsNotFound"/>).</exception>
    public CudaFunction GetFunction(string name)
    {
        using ContextScope scope = Context.Enter();
        byte[] text = NullTerminated(name);
        nint function;
        fixed (byte* characters = text)
        {
            int status = Driver.ModuleGetFunction(&function, Value, characters);
            return status == 0
                ? new CudaFunction(function, this, name, text)
                : throw Context.Failure(status, "cuModuleGetFunction", $"{Name} should have a kernel {name}.");
        }
    }

    /// <summary>Finds a <c>__constant__</c> or <c>__device__</c> variable.</summary>
    /// <exception cref="CudaException">The module has no such variable.</exception>
    public (ulong Address, long ByteLength) GetVariable(string name)
    {
        using ContextScope scope = Context.Enter();
        ulong address;
        nuint length;
        fixed (byte* characters = NullTerminated(name))
        {
            int status = Driver.ModuleGetGlobal(&address, &length, Value, characters);
            return status == 0
                ? (address, (long)length)
                : throw Context.Failure(status, "cuModuleGetGlobal_v2", $"{Name} should have a variable {name}.");
        }
    }

    private static byte[] NullTerminated(string name) => Encoding.UTF8.GetBytes(name + '\0');
}
