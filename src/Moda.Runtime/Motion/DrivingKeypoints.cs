namespace Moda.Runtime.Motion;

/// <summary>Where the portrait's keypoints go, frame by frame: [frames, 21, 3].</summary>
public sealed class DrivingKeypoints
{
    private readonly float[] values;

    internal DrivingKeypoints(float[] values) => this.values = values;

    /// <summary>Puts keypoints one behind the other.</summary>
    /// <param name="pieces">In their order; one alone comes back as it is.</param>
    internal static DrivingKeypoints Join(IReadOnlyList<DrivingKeypoints> pieces) =>
        pieces.Count == 1 ? pieces[0] : new DrivingKeypoints([.. pieces.SelectMany(piece => piece.values)]);

    /// <summary>How many frames there are.</summary>
    public int Frames => values.Length / MotionLayout.KeypointLength;

    /// <summary>All values, [frames, 21, 3].</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>A frame's keypoints, [21, 3].</summary>
    /// <param name="frame">0 .. <see cref="Frames"/> - 1.</param>
    public ReadOnlySpan<float> this[int frame] => values.AsSpan(frame * MotionLayout.KeypointLength, MotionLayout.KeypointLength);
}
