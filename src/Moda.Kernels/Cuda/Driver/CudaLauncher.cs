using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>
/// The one way to launch a kernel: checks the configuration, opens a profiler range where a profiler listens, launches on its
/// stream, and makes a failure an exception with the kernel, the configuration and the shapes. Allocates nothing unless it fails.
/// Wants the context entered.
/// </summary>
internal sealed unsafe class CudaLauncher
{
    private readonly CudaStream stream;
    private readonly NvtxApi? ranges;

    /// <summary>Creates a launcher for a stream.</summary>
    /// <param name="stream">The stream; the launcher does not own it.</param>
    /// <param name="ranges">Profiler ranges, or null.</param>
    public CudaLauncher(CudaStream stream, NvtxApi? ranges)
    {
        this.stream = stream;
        this.ranges = ranges;
    }

    /// <summary>
    /// Whether to wait for each kernel, so that a fault is told by the launch that caused it. For finding faults;
    /// not while a graph is recorded.
    /// </summary>
    public bool WaitsForEachKernel { get; set; }

    /// <summary>How many kernels were launched.</summary>
    public long LaunchCount { get; private set; }

    /// <summary>Queues a kernel.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="configuration">How it is spread.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="ArgumentException">No device can launch that configuration.</exception>
    /// <exception cref="CudaException">The driver refused, or an earlier kernel failed.</exception>
    public void Launch(CudaFunction function, in LaunchConfiguration configuration, ref readonly KernelArguments arguments)
    {
        if (configuration.FindFault() is { } fault)
        {
            throw new ArgumentException($"Kernel {function.Name} with {configuration}: {fault}.", nameof(configuration));
        }

        void** addresses = stackalloc void*[KernelArguments.MaximumCount];
        arguments.WriteAddresses(addresses);
        ranges?.Push(function.RangeName);
        int status = configuration.NeedsAttributes
            ? LaunchWithAttributes(function, configuration, addresses)
            : stream.Context.Driver.LaunchKernel(
                function.Value,
                (uint)configuration.Grid.X,
                (uint)configuration.Grid.Y,
                (uint)configuration.Grid.Z,
                (uint)configuration.Block.X,
                (uint)configuration.Block.Y,
                (uint)configuration.Block.Z,
                (uint)configuration.DynamicSharedBytes,
                stream.Value,
                addresses,
                null);
        ranges?.Pop();
        if (status == 0 && WaitsForEachKernel)
        {
            status = stream.Context.Driver.StreamSynchronize(stream.Value);
        }

        if (status != 0)
        {
            throw Failure(status, function, configuration, in arguments);
        }

        stream.LastKernel = function.Name;
        LaunchCount++;
    }

    private int LaunchWithAttributes(CudaFunction function, in LaunchConfiguration configuration, void** addresses)
    {
        LaunchAttribute* attributes = stackalloc LaunchAttribute[2];
        uint count = 0;
        if (configuration.Cluster.Count > 1)
        {
            attributes[count++] = new LaunchAttribute
            {
                Id = LaunchAttributeId.ClusterDimension,
                X = (uint)configuration.Cluster.X,
                Y = (uint)configuration.Cluster.Y,
                Z = (uint)configuration.Cluster.Z,
            };
        }

        if (configuration.OverlapsPrevious)
        {
            attributes[count++] = new LaunchAttribute { Id = LaunchAttributeId.ProgrammaticStreamSerialization, X = 1 };
        }

        var native = new NativeLaunchConfiguration
        {
            GridX = (uint)configuration.Grid.X,
            GridY = (uint)configuration.Grid.Y,
            GridZ = (uint)configuration.Grid.Z,
            BlockX = (uint)configuration.Block.X,
            BlockY = (uint)configuration.Block.Y,
            BlockZ = (uint)configuration.Block.Z,
            DynamicSharedBytes = (uint)configuration.DynamicSharedBytes,
            Stream = stream.Value,
            Attributes = attributes,
            AttributeCount = count,
        };
        return stream.Context.Driver.LaunchKernelEx(&native, function.Value, addresses, null);
    }

    private CudaException Failure(
        int status, CudaFunction function, in LaunchConfiguration configuration, ref readonly KernelArguments arguments)
    {
        string call = configuration.NeedsAttributes ? "cuLaunchKernelEx" : "cuLaunchKernel";
        string before = stream.LastKernel is null ? string.Empty : $" The kernel before it was {stream.LastKernel}.";
        return stream.Context.Failure(
            status,
            call,
            $"Kernel {function.Name} of {function.Module.Name}, {configuration}, {arguments.DescribeShapes()}.{before}");
    }
}
