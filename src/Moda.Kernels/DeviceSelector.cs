using Moda.Kernels.Cpu;

namespace Moda.Kernels;

/// <summary>Opens a device by the name that users give.</summary>
public static class DeviceSelector
{
    /// <summary>The names that <see cref="Open"/> understands, for messages.</summary>
    public const string Names = "auto, cpu";

    /// <summary>Opens a device.</summary>
    /// <param name="name"><c>auto</c> or <c>cpu</c>.</param>
    /// <param name="precision">How activations are stored; null for the device's own choice.</param>
    /// <returns>The device, which the caller disposes, and why it was taken.</returns>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it can't work at that precision.</exception>
    public static SelectedDevice Open(string name, ElementType? precision = null)
    {
        string reason = name switch
        {
            "auto" => "no GPU device is part of this build",
            "cpu" => "asked for",
            _ => throw new DeviceUnavailableException($"There is no device '{name}'; known are: {Names}."),
        };
        if (precision == ElementType.Float16)
        {
            throw new DeviceUnavailableException("The CPU device works in float32 only; leave the precision out or ask for f32.");
        }

        return new SelectedDevice(new CpuDevice(), reason);
    }
}

/// <summary>A device and why it was taken.</summary>
/// <param name="Device">The device; whoever opened it disposes it.</param>
/// <param name="Reason">A clause for the user, without a full stop.</param>
public readonly record struct SelectedDevice(Device Device, string Reason);

/// <summary>A device that was asked for can't be used.</summary>
public sealed class DeviceUnavailableException : Exception
{
    /// <summary>Says which device and why.</summary>
    public DeviceUnavailableException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
