using Moda.Kernels;
using Moda.Testing.Cases;

namespace Moda.Benchmarks.Kernels;

/// <summary>A kernel with its operands on a device, ready to be launched over and over.</summary>
internal sealed class KernelRun : IDisposable
{
    private readonly Device device;
    private readonly IDisposable owned;

    /// <summary>Puts the operands, random numbers, on the device, and runs the kernel as often as the device wants to be able to replay it.</summary>
    public KernelRun(Device device, INetworkKernel kernel)
    {
        this.device = device;
        switch (kernel)
        {
            case NetworkConvolution layer:
                var convolution = new ConvolutionRun(device, layer.Case);
                (owned, Invoke, Tile) = (convolution, convolution.Invoke, convolution.Tile);
                break;
            case NetworkOp op:
                var run = new NetworkOpRun(device, op);
                (owned, Invoke) = (run, run.Invoke);
                break;
            default:
                throw new ArgumentException($"'{kernel}' is no kernel that can be run.", nameof(kernel));
        }

        Run(times: 2);
    }

    /// <summary>Launches it once; a device that queues its ops may not have ended it.</summary>
    public Action Invoke { get; }

    /// <summary>The kernel and tile that a convolution took on a GPU; null for anything else.</summary>
    public string? Tile { get; }

    /// <summary>Launches it some times in a row and waits for the last.</summary>
    public void Run(int times)
    {
        for (int i = 0; i < times; i++)
        {
            Invoke();
        }

        device.Synchronize();
    }

    public void Dispose() => owned.Dispose();
}
