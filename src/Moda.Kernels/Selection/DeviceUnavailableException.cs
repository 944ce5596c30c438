using Moda.Weights;

namespace Moda.Kernels.Selection;

/// <summary>A device that was asked for can't be used.</summary>
public sealed class DeviceUnavailableException : ModaException
{
    /// <summary>Says which device and why.</summary>
    public DeviceUnavailableException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
