using Moda.Weights;

namespace Moda.Kernels.Ilgpu.Queues;

/// <summary>ILGPU, or the driver below it, failed.</summary>
internal sealed class IlgpuException : ModaException
{
    /// <summary>Says what was being done.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="action">What was being done, for instance <c>launching Convolve</c>.</param>
    /// <param name="cause">What ILGPU threw.</param>
    public IlgpuException(string device, string action, Exception cause)
        : base($"{device} failed while {action}: {cause.Message}", cause)
    {
    }
}
