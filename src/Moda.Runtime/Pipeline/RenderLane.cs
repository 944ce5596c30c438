using Moda.Kernels;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Runtime;

/// <summary>A queue of work on which frames are rendered, and the renderer that was planned for it, kept from clip to clip.</summary>
internal sealed class RenderLane : IDisposable
{
    private readonly bool ownsDevice;
    private FrameRenderer? renderer;
    private Shape plannedVolume;

    private RenderLane(Device device, bool ownsDevice)
    {
        Device = device;
        this.ownsDevice = ownsDevice;
    }

    /// <summary>The queue.</summary>
    public Device Device { get; }

    /// <summary>
    /// Opens the lanes of a device: two where stages are to run side by side, so that one renders while the frames of the other are copied
    /// and pasted; else the device itself.
    /// </summary>
    public static RenderLane[] Open(Device device, bool sideBySide)
    {
        if (!sideBySide)
        {
            return [new RenderLane(device, ownsDevice: false)];
        }

        RenderLane first = new(device.OpenLane(), ownsDevice: true);
        try
        {
            return [first, new RenderLane(device.OpenLane(), ownsDevice: true)];
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    /// <summary>The renderer for volumes of a shape and batches of a size; the lane owns it, until it is asked for another.</summary>
    public FrameRenderer RendererFor(Shape volume, int batchSize, Func<Device, FrameRenderer> plan)
    {
        if (renderer is null || plannedVolume != volume || renderer.BatchSize != batchSize)
        {
            renderer?.Dispose();
            renderer = null;
            renderer = plan(Device);
            plannedVolume = volume;
        }

        return renderer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        renderer?.Dispose();
        if (ownsDevice)
        {
            Device.Dispose();
        }
    }
}
