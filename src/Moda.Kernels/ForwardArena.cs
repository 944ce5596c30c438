namespace Moda.Kernels;

/// <summary>
/// The memory of a forward, which others of its device may share as long as they take turns: the one that needs most makes it, the rest
/// borrow it. It lives until the last of them is disposed, in any order.
/// </summary>
/// <remarks>Safe to borrow and to give back on any thread; only one forward may run at a time.</remarks>
public sealed class ForwardArena
{
    private readonly Lock holdersLock = new();
    private readonly DeviceMemory memory;
    private int holders = 1;

    /// <summary>Allocates the memory for its first holder.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    internal ForwardArena(Device device, long byteLength)
    {
        Device = device;
        memory = device.AllocateMemory(byteLength);
    }

    /// <summary>Bytes that there are to share.</summary>
    public long ByteLength => memory.ByteLength;

    /// <summary>The device that the memory belongs to.</summary>
    internal Device Device { get; }

    /// <summary>The block.</summary>
    internal DeviceMemory Memory => memory;

    /// <summary>Keeps the memory for another holder, who calls <see cref="GiveBack"/>.</summary>
    /// <param name="device">The holder's device.</param>
    /// <param name="byteLength">Bytes that it needs.</param>
    /// <exception cref="ArgumentException">The memory belongs to another device, or there is too little of it.</exception>
    /// <exception cref="ObjectDisposedException">Its last holder gave it back.</exception>
    internal void Borrow(Device device, long byteLength)
    {
        if (!ReferenceEquals(device, Device))
        {
            throw new ArgumentException($"A forward on {device.Name} can't share an arena that was made for another device or queue, {Device.Name}.");
        }

        if (byteLength > ByteLength)
        {
            throw new ArgumentException(
                $"A forward needs {byteLength} bytes, but the arena that it was to share has {ByteLength}: plan the forward that needs most first.");
        }

        lock (holdersLock)
        {
            ObjectDisposedException.ThrowIf(holders == 0, this);
            holders++;
        }
    }

    /// <summary>Called once by each holder; the last one frees the memory.</summary>
    internal void GiveBack()
    {
        lock (holdersLock)
        {
            if (--holders == 0)
            {
                memory.Dispose();
            }
        }
    }
}
