using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>Tells cuts from movement: the mean brightness of 16 x 16 parts of the picture changes by much at once. One thread at a time.</summary>
internal sealed class SceneCuts
{
    private const int Side = 16;

    /// <summary>Mean change of brightness, in levels, from which on a frame begins another scene. Fast movement stays below 15.</summary>
    private const double Threshold = 24;

    /// <summary>Pixels between samples: brightness is a mean, and a part has thousands of pixels.</summary>
    private const int Step = 4;

    private float[] before = new float[Side * Side];
    private float[] now = new float[Side * Side];
    private bool isFirst = true;

    /// <summary>Whether a frame begins a scene. The first one does.</summary>
    public bool IsCut(RgbImage frame)
    {
        for (int part = 0; part < now.Length; part++)
        {
            now[part] = Brightness(frame, part % Side, part / Side);
        }

        double change = 0;
        for (int part = 0; part < now.Length; part++)
        {
            change += Math.Abs(now[part] - before[part]);
        }

        bool isCut = isFirst || change / now.Length > Threshold;
        isFirst = false;
        (before, now) = (now, before);
        return isCut;
    }

    private static float Brightness(RgbImage frame, int column, int row)
    {
        int left = column * frame.Width / Side;
        int right = Math.Max((column + 1) * frame.Width / Side, left + 1);
        int top = row * frame.Height / Side;
        int bottom = Math.Max((row + 1) * frame.Height / Side, top + 1);
        long sum = 0;
        int count = 0;
        for (int y = top; y < Math.Min(bottom, frame.Height); y += Step)
        {
            ReadOnlySpan<byte> pixels = frame.Row(y);
            for (int x = left; x < Math.Min(right, frame.Width); x += Step)
            {
                // Green is most of brightness; twice green, red and blue come near enough.
                sum += pixels[3 * x] + (2 * pixels[(3 * x) + 1]) + pixels[(3 * x) + 2];
                count++;
            }
        }

        return count == 0 ? 0 : sum / (4f * count);
    }
}
