using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;

namespace Moda.Kernels.Ilgpu.Accelerators;

/// <summary>An accelerator that is in use: what all queues of a device share.</summary>
internal sealed class OpenAccelerator : IDisposable
{
    private readonly Context context;

    /// <summary>Opens an accelerator.</summary>
    /// <param name="device">Which.</param>
    /// <param name="name">The name that users know it by.</param>
    /// <param name="memoryLimit">Bytes of its memory that may be allocated at one time; null for no limit.</param>
    /// <exception cref="AcceleratorException">Its driver refuses.</exception>
    /// <exception cref="NotSupportedException">ILGPU can't use it.</exception>
    public OpenAccelerator(ILGPU.Runtime.Device device, AcceleratorName name, long? memoryLimit)
    {
        context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2));
        try
        {
            Accelerator = device.CreateAccelerator(context);
            Name = $"{name} {Accelerator.Name} (float32)";
            Budget = new DeviceMemoryBudget(Name, memoryLimit);
            Shape = new LaunchShape(Accelerator);
            Nothing = Allocate(sizeof(float));
        }
        catch
        {
            Accelerator?.Dispose();
            context.Dispose();
            throw;
        }
    }

    /// <summary>The accelerator's name, for messages.</summary>
    public string Name { get; }

    /// <summary>ILGPU's object.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>The memory that is taken and that may be.</summary>
    public DeviceMemoryBudget Budget { get; }

    /// <summary>How kernels are launched.</summary>
    public LaunchShape Shape { get; }

    /// <summary>What kernels get for an operand that is not there.</summary>
    public IlgpuBlock Nothing { get; }

    /// <summary>Whether ops return before they have ended.</summary>
    public bool IsAsynchronous => Accelerator.AcceleratorType != AcceleratorType.CPU;

    /// <summary>Allocates a block. Its content is undefined.</summary>
    /// <exception cref="InsufficientMemoryException">There is too little memory left.</exception>
    public IlgpuBlock Allocate(long byteLength) => IlgpuBlock.Allocate(Accelerator, Name, Budget, byteLength);

    /// <inheritdoc/>
    public void Dispose()
    {
        Nothing.Dispose();
        Accelerator.Dispose();
        context.Dispose();
    }
}
