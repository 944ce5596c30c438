using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// Finds cuts between scenes. At a cut, the mean brightness of the 16 x 16 parts of the picture changes strongly from one frame to the
/// next. Only one thread may use it at a time.
/// </summary>
internal sealed class SceneCuts
{
    private const int Side = 16;

    /// <summary>A frame with a larger mean change of brightness, in levels, begins a new scene. Fast movement stays below 15.</summary>
    private const double Threshold = 24;

    /// <summary>The distance between sampled pixels. A part has thousands of pixels, so its mean needs only some of them.</summary>
    private const int Step = 4;

    private float[] before = new float[Side * Side];
    private float[] now = new float[Side * Side];
    private bool isFirst = true;

    /// <summary>Whether a frame begins a scene. The first frame always does.</summary>
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
                // Brightness is approximated by red, twice green, and blue.
                sum += pixels[3 * x] + (2 * pixels[(3 * x) + 1]) + pixels[(3 * x) + 2];
                count++;
            }
        }

        return count == 0 ? 0 : sum / (4f * count);
    }
}
