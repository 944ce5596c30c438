namespace Moda.Kernels.Selection;

/// <summary>Opens a device by the name that users give. Safe to call on several threads at once.</summary>
public static class DeviceSelector
{
    private const string Automatic = "auto";

    private static readonly Lock Registration = new();
    private static volatile IDeviceProvider[] Providers = [new CudaProvider(), new CpuProvider()];

    /// <summary>The names that <see cref="Open"/> understands, for messages: <c>auto, cpu, cuda, cuda:N</c>.</summary>
    public static string Names => $"{Automatic}, {string.Join(", ", Providers.Reverse().Select(provider => provider.Names))}";

    /// <summary>Adds devices of another kind for the rest of the process.</summary>
    /// <param name="provider">Opens them. Of two that know a name, the one with the higher priority opens it.</param>
    public static void Register(IDeviceProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        lock (Registration)
        {
            Providers = [.. Providers.Append(provider).OrderByDescending(known => known.Priority)];
        }
    }

    /// <summary>Opens a device.</summary>
    /// <param name="name">
    /// <c>auto</c> (the first GPU where CUDA works, else the CPU), <c>cpu</c>, <c>cuda</c> (the first GPU), <c>cuda:N</c>, or a name
    /// of a registered provider.
    /// </param>
    /// <param name="request">What the device must offer.</param>
    /// <returns>The device, which the caller disposes, and why it was taken.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it can't work at that precision.</exception>
    /// <exception cref="InsufficientMemoryException">The limit does not even allow the buffers of transfers.</exception>
    public static SelectedDevice Open(string name, DeviceRequest request = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.Threads, nameof(request));
        if (name == Automatic)
        {
            return OpenBest(request);
        }

        IDeviceProvider provider = Providers.FirstOrDefault(provider => provider.Knows(name))
            ?? throw new DeviceUnavailableException($"There is no device '{name}'; known are: {Names}.");
        return Selected(provider.Open(name, request), ["asked for"]);
    }

    private static SelectedDevice OpenBest(DeviceRequest request)
    {
        List<string> reasons = [];
        foreach (IDeviceProvider provider in Providers)
        {
            bool isOpen = provider.TryOpenBest(request, out Device? device, out string reason);
            if (reason.Length > 0)
            {
                reasons.Add(reason);
            }

            if (isOpen)
            {
                return Selected(device!, reasons);
            }
        }

        throw new DeviceUnavailableException($"No device can be used: {string.Join("; ", reasons)}.");
    }

    private static SelectedDevice Selected(Device device, IEnumerable<string> reasons) =>
        new(device, string.Join("; ", device.Remark is { } remark ? reasons.Append(remark) : reasons));
}
