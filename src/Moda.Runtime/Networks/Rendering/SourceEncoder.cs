using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>Turns a portrait into a <see cref="SourceFace"/>: appearance and motion extractor on one image, once for each portrait.</summary>
public sealed class SourceEncoder
{
    private readonly Device device;
    private readonly AppearanceExtractor appearance;
    private readonly MotionExtractor motion;

    /// <summary>Creates an encoder of two networks on one device.</summary>
    public SourceEncoder(Device device, AppearanceExtractor appearance, MotionExtractor motion)
    {
        this.device = device;
        this.appearance = appearance;
        this.motion = motion;
    }

    /// <summary>Encodes an image. Working memory is released before this returns.</summary>
    /// <param name="image">[height, width, 3], RGB in [0, 1], row-major.</param>
    /// <param name="height">Rows; the published weights want 256.</param>
    /// <param name="width">Columns; the published weights want 256.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <returns>The face; the caller disposes it.</returns>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    /// <exception cref="OperationCanceledException">The encoding was cancelled.</exception>
    public SourceFace Encode(ReadOnlySpan<float> image, int height, int width, CancellationToken cancellationToken = default)
    {
        var shape = new Shape(1, height, width, 3);
        DeviceMemory memory = AllocateVolume(shape, out Tensor volume);
        try
        {
            using var pass = new ForwardPass<(Tensor Image, MotionPrediction Motion)>(device, workspace =>
            {
                Tensor input = workspace.Allocate(shape);
                appearance.Forward(workspace, input, volume);
                return (input, motion.Forward(workspace, input));
            });
            device.Write(image, pass.Ports.Image);
            pass.Run(cancellationToken);
            return new SourceFace(memory, volume, Read(pass.Ports.Motion));
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private DeviceMemory AllocateVolume(Shape image, out Tensor volume)
    {
        Shape shape = appearance.VolumeShape(image);
        DeviceMemory memory = device.AllocateMemory(shape.ElementCount * device.ActivationType.SizeInBytes());
        volume = new Tensor(memory, 0, shape, device.ActivationType, shape.Channels);
        return memory;
    }

    private SourceMotion Read(MotionPrediction prediction) => new(
        Read(prediction.Pitch),
        Read(prediction.Yaw),
        Read(prediction.Roll),
        Read(prediction.Translation),
        Read(prediction.Expression),
        Read(prediction.Scale)[0],
        Read(prediction.Keypoints));

    private float[] Read(Tensor tensor)
    {
        float[] values = new float[tensor.Shape.ElementCount];
        device.Read(tensor, values);
        return values;
    }
}
