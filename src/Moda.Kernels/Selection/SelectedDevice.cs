namespace Moda.Kernels.Selection;

/// <summary>A device and why it was taken.</summary>
/// <param name="Device">The device, which the caller of <see cref="DeviceSelector.Open"/> disposes.</param>
/// <param name="Reason">A clause for the user, without a full stop.</param>
public readonly record struct SelectedDevice(Device Device, string Reason);
