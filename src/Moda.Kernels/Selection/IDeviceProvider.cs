using System.Diagnostics.CodeAnalysis;

namespace Moda.Kernels.Selection;

/// <summary>Opens the devices of one kind, by name or as the best there is. Safe to call on several threads at once.</summary>
public interface IDeviceProvider
{
    /// <summary>The names that it opens, for messages: <c>cuda, cuda:N</c>.</summary>
    string Names { get; }

    /// <summary>Its place when any device will do: the highest is asked first. CUDA has 100, the CPU 0.</summary>
    int Priority { get; }

    /// <summary>Whether a name means a device of this kind, whether or not there is one.</summary>
    bool Knows(string name);

    /// <summary>Opens a device by name.</summary>
    /// <param name="name">A name that it <see cref="Knows"/>.</param>
    /// <param name="request">What the device must offer.</param>
    /// <returns>The device, which the caller disposes.</returns>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it can't do what was asked for.</exception>
    /// <exception cref="InsufficientMemoryException">The memory limit does not even allow the device's own buffers.</exception>
    Device Open(string name, DeviceRequest request);

    /// <summary>Opens the best device of this kind, if there is one that does what was asked for.</summary>
    /// <param name="request">What the device must offer.</param>
    /// <param name="device">The device, which the caller disposes; null for none.</param>
    /// <param name="reason">A clause for the user, without a full stop: why it was taken, or why there is none. May be empty for a device that is always there.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InsufficientMemoryException">The memory limit does not even allow the device's own buffers.</exception>
    bool TryOpenBest(DeviceRequest request, [NotNullWhen(true)] out Device? device, out string reason);
}
