using ILGPU;
using ILGPU.Runtime;

namespace Moda.Kernels.Ilgpu.Execution;

/// <summary>A kernel: a static method that runs once for each thread. It is compiled at its first launch.</summary>
/// <typeparam name="TArguments">What it is launched with.</typeparam>
internal sealed class Kernel<TArguments>
    where TArguments : struct
{
    private readonly Lazy<Action<AcceleratorStream, KernelConfig, TArguments>> launcher;

    /// <summary>Takes a method; nothing is compiled yet.</summary>
    /// <param name="accelerator">What the kernel is compiled for.</param>
    /// <param name="method">The method.</param>
    /// <param name="limits">Threads of its groups, and how many groups a multiprocessor must have registers for.</param>
    public Kernel(Accelerator accelerator, Action<TArguments> method, KernelSpecialization limits = default)
    {
        Name = method.Method.Name;
        launcher = new(() => accelerator.LoadKernel(method, limits));
    }

    /// <summary>The method's name, for errors.</summary>
    public string Name { get; }

    /// <summary>Queues the kernel.</summary>
    public void Launch(AcceleratorStream stream, KernelConfig configuration, in TArguments arguments) =>
        launcher.Value(stream, configuration, arguments);
}
