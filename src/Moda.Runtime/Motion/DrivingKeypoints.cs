namespace Moda.Runtime.Motion;

/// <summary>Where the portrait's keypoints go, frame by frame: [frames, 21, 3].</summary>
internal sealed class DrivingKeypoints
{
    private readonly float[] values;

    internal DrivingKeypoints(float[] values) => this.values = values;

    /// <summary>How many frames there are.</summary>
    public int Frames => values.Length / MotionLayout.KeypointLength;

    /// <summary>All values, [frames, 21, 3].</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>A frame's keypoints, [21, 3], as memory that may be kept.</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    internal ReadOnlyMemory<float> Keep(int frame) => values.AsMemory(frame * MotionLayout.KeypointLength, MotionLayout.KeypointLength);

    /// <summary>A frame's keypoints, [21, 3].</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    public ReadOnlySpan<float> this[int frame] => values.AsSpan(frame * MotionLayout.KeypointLength, MotionLayout.KeypointLength);
}
