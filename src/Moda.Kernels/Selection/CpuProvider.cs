using System.Diagnostics.CodeAnalysis;
using Moda.Kernels.Cpu;

namespace Moda.Kernels.Selection;

/// <summary>Opens the CPU, which is always there and stores float32.</summary>
internal sealed class CpuProvider : IDeviceProvider
{
    private const string Name = "cpu";
    private const string PrecisionProblem = "the CPU device works in float32 only; leave the precision out or ask for f32";

    /// <inheritdoc/>
    public string Names => Name;

    /// <inheritdoc/>
    public int Priority => 0;

    /// <inheritdoc/>
    public bool Knows(string name) => name == Name;

    /// <inheritdoc/>
    public Device Open(string name, DeviceRequest request) =>
        TryOpenBest(request, out Device? device, out string reason)
            ? device
            : throw new DeviceUnavailableException($"{name} can't be used: {reason}.");

    /// <inheritdoc/>
    public bool TryOpenBest(DeviceRequest request, [NotNullWhen(true)] out Device? device, out string reason)
    {
        bool isPossible = request.Precision is null or ElementType.Float32;
        device = isPossible ? new CpuDevice(request.Threads) : null;
        reason = isPossible ? string.Empty : PrecisionProblem;
        return isPossible;
    }
}
