namespace Moda.Runtime.Motion;

/// <summary>The motion generator's smoothing of scale, translation and head pose: a centred mean of three frames.</summary>
/// <remarks>Reference: <c>MotionDiffusion._smooth</c>.</remarks>
internal static class PoseSmoothing
{
    /// <summary>Smooths in place; the first and the last frame have the mean of two.</summary>
    /// <param name="motion">[frames, 70].</param>
    public static void Apply(Span<float> motion)
    {
        const int Width = MotionLayout.Width;
        int frames = motion.Length / Width;
        for (int place = MotionLayout.Scale; place < Width; place++)
        {
            float before = 0;
            for (int frame = 0; frame < frames; frame++)
            {
                float here = motion[frame * Width + place];
                bool isFirst = frame == 0;
                bool isLast = frame == frames - 1;
                float sum = (isFirst ? 0 : before) + here + (isLast ? 0 : motion[(frame + 1) * Width + place]);
                motion[frame * Width + place] = sum / (3 - (isFirst ? 1 : 0) - (isLast ? 1 : 0));
                before = here;
            }
        }
    }
}
