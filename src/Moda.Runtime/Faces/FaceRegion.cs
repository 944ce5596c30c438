using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces;

/// <summary>
/// A square around a face, rotated so that the face is upright in it (LivePortrait, utils/crop.py).
/// </summary>
/// <param name="CentreX">The column of the centre, in pixels.</param>
/// <param name="CentreY">The row of the centre, in pixels.</param>
/// <param name="Side">The side in pixels.</param>
/// <param name="Angle">The clockwise rotation of the face on the screen, in radians.</param>
internal readonly record struct FaceRegion(double CentreX, double CentreY, double Side, double Angle)
{
    /// <summary>Computes the square around landmarks.</summary>
    /// <param name="landmarks">The landmarks of one face, in pixels.</param>
    /// <param name="options">How much of the surroundings the square includes.</param>
    /// <exception cref="LandmarkException">All landmarks lie on one point.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public static FaceRegion FromLandmarks(FaceLandmarks landmarks, FaceRegionOptions options)
    {
        options.Validate();
        (double downX, double downY) = Down(landmarks);
        (double rightX, double rightY) = (downY, -downX);
        (double meanX, double meanY) = Mean(landmarks.Points);

        // The extent along the axes of the face, relative to the mean point.
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

    /// <summary>Maps the image's pixels to those of a square crop.</summary>
    /// <param name="size">The crop's side, in pixels.</param>
    /// <param name="rotate">Whether the crop rotates the face upright.</param>
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

    /// <summary>The corners of the square without its rotation: top left, top right, bottom right, bottom left.</summary>
    public Vector2[] UprightCorners()
    {
        float left = (float)(CentreX - Side / 2);
        float right = (float)(CentreX + Side / 2);
        float top = (float)(CentreY - Side / 2);
        float bottom = (float)(CentreY + Side / 2);
        return [new(left, top), new(right, top), new(right, bottom), new(left, bottom)];
    }

    /// <summary>The unit vector from the eyes to the mouth; straight down when they coincide.</summary>
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
