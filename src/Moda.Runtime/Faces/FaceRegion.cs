using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces;

/// <summary>How a square around a face is laid out.</summary>
/// <param name="Scale">The square's side over the face's larger extent.</param>
/// <param name="OffsetX">How far the centre moves along the eyes' line, in sides.</param>
/// <param name="OffsetY">How far the centre moves from the eyes to the mouth, in sides; below 0 leaves more room above.</param>
public sealed record FaceRegionOptions(double Scale, double OffsetX, double OffsetY)
{
    private const double SmallestScale = 0.1;
    private const double Largest = 100;

    /// <summary>The source portrait's crop.</summary>
    public static FaceRegionOptions Source { get; } = new(2.3, 0, -0.125);

    /// <summary>What the 203-point landmark model looks at.</summary>
    public static FaceRegionOptions LandmarkModel { get; } = new(1.5, 0, -0.1);

    /// <summary>A driving video's crop.</summary>
    public static FaceRegionOptions Driving { get; } = new(2.2, 0, -0.1);

    /// <summary>Throws where a number is none or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        OptionChecks.RequireRange(Scale, SmallestScale, Largest);
        OptionChecks.RequireRange(OffsetX, -Largest, Largest);
        OptionChecks.RequireRange(OffsetY, -Largest, Largest);
    }
}

/// <summary>
/// A square around a face, turned so that the face stands upright in it (LivePortrait, utils/crop.py).
/// </summary>
/// <param name="CentreX">Its centre's column, in pixels.</param>
/// <param name="CentreY">Its centre's row, in pixels.</param>
/// <param name="Side">Its side, in pixels.</param>
/// <param name="Angle">How far the face is turned clockwise on the screen, in radians.</param>
public readonly record struct FaceRegion(double CentreX, double CentreY, double Side, double Angle)
{
    /// <summary>The square around landmarks.</summary>
    /// <param name="landmarks">Of one face, in pixels.</param>
    /// <param name="options">How much around it.</param>
    /// <exception cref="LandmarkException">All landmarks lie on one point.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is no number, or out of range.</exception>
    public static FaceRegion FromLandmarks(FaceLandmarks landmarks, FaceRegionOptions options)
    {
        options.Validate();
        (double downX, double downY) = Down(landmarks);
        (double rightX, double rightY) = (downY, -downX);
        (double meanX, double meanY) = Mean(landmarks.Points);

        // The extent along the face's own axes, relative to the mean.
        double left = double.MaxValue, top = double.MaxValue, right = double.MinValue, bottom = double.MinValue;
        foreach (Vector2 point in landmarks.Points)
        {
            double along = (point.X - meanX) * rightX + (point.Y - meanY) * rightY;
            double down = (point.X - meanX) * downX + (point.Y - meanY) * downY;
            left = Math.Min(left, along);
            right = Math.Max(right, along);
            top = Math.Min(top, down);
            bottom = Math.Max(bottom, down);
        }
        double side = Math.Max(right - left, bottom - top) * options.Scale;
        if (side < 1)
        {
            throw new LandmarkException($"the {landmarks.Points.Length} landmarks lie within one pixel; they must be in pixels of the image.");
        }
        double offsetX = (left + right) / 2 + options.OffsetX * side;
        double offsetY = (top + bottom) / 2 + options.OffsetY * side;
        return new FaceRegion(
            meanX + rightX * offsetX + downX * offsetY,
            meanY + rightY * offsetX + downY * offsetY,
            side,
            Math.Atan2(rightY, rightX));
    }

    /// <summary>The map from the image to a square crop.</summary>
    /// <param name="size">The crop's side, in pixels.</param>
    /// <param name="rotate">Whether the crop turns the face upright.</param>
    public AffineTransform ToCrop(int size, bool rotate = true)
    {
        double scale = size / Side;
        (double sine, double cosine) = rotate ? Math.SinCos(Angle) : (0, 1);
        double middle = size / 2.0;
        return new AffineTransform(
            scale * cosine,
            scale * sine,
            middle - scale * (cosine * CentreX + sine * CentreY),
            -scale * sine,
            scale * cosine,
            middle - scale * (-sine * CentreX + cosine * CentreY));
    }

    /// <summary>The corners of the square as if it were not turned: top left, top right, bottom right, bottom left.</summary>
    public Vector2[] UprightCorners()
    {
        float left = (float)(CentreX - Side / 2);
        float right = (float)(CentreX + Side / 2);
        float top = (float)(CentreY - Side / 2);
        float bottom = (float)(CentreY + Side / 2);
        return [new(left, top), new(right, top), new(right, bottom), new(left, bottom)];
    }

    /// <summary>The unit vector from the eyes to the mouth; straight down where they coincide.</summary>
    private static (double X, double Y) Down(FaceLandmarks landmarks)
    {
        (Vector2 eyes, Vector2 mouth) = landmarks.Axis();
        double x = (double)mouth.X - eyes.X;
        double y = (double)mouth.Y - eyes.Y;
        double length = Math.Sqrt(x * x + y * y);
        return length <= 1e-3 ? (0, 1) : (x / length, y / length);
    }

    private static (double X, double Y) Mean(ReadOnlySpan<Vector2> points)
    {
        double x = 0;
        double y = 0;
        foreach (Vector2 point in points)
        {
            x += point.X;
            y += point.Y;
        }
        return (x / points.Length, y / points.Length);
    }
}
