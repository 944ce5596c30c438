namespace Moda.Kernels.Selection;

/// <summary>A device and why it was taken.</summary>
/// <param name="Device">The device; whoever opened it disposes it.</param>
/// <param name="Reason">A clause for the user, without a full stop.</param>
public readonly record struct SelectedDevice(Device Device, string Reason);
