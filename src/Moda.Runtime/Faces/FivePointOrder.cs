using System.Globalization;
using System.Numerics;

namespace Moda.Runtime.Faces;

/// <summary>
/// The order of five landmarks: left eye, right eye, nose, left and right corner of the mouth, where left means left in the picture of an
/// upright face. The positions of five points show their meaning, so that a wrong order is corrected or refused.
/// </summary>
/// <remarks>
/// <para>
/// Left and right are taken from the picture. The given order is accepted when it forms a face that is rotated by at most 45 degrees. A
/// face that is rotated further looks like an upright face with wrongly named points, so it is refused.
/// </para>
/// <para>
/// Except in profile, the nose is the only point inside the quadrilateral of the other points. An order that does not form a face is
/// replaced when the quadrilateral is upright and at least three points keep their names.
/// </para>
/// </remarks>
internal static class FivePointOrder
{
    /// <summary>The number of points.</summary>
    public const int Count = 5;

    private const int Nose = 2;

    /// <summary>Points whose distance is below this share of the face's size count as one point.</summary>
    private const double LeastDistance = 0.01;

    /// <summary>Points within a band of this share of the face's length count as lying on a line.</summary>
    private const double LeastWidth = 0.05;

    /// <summary>
    /// A point whose distance from a side of the quadrilateral is below this share of the face's size may lie on that side, as the nose of
    /// a profile does.
    /// </summary>
    private const double InnerMargin = 0.02;

    /// <summary>The largest rotation of a face whose given order is accepted, in degrees.</summary>
    private const double BelievedTilt = 45;

    /// <summary>
    /// The same limit for profiles, in degrees. The outline of a profile also fits a face that is rotated by about 65 degrees in the other
    /// direction.
    /// </summary>
    private const double BelievedProfileTilt = 20;

    /// <summary>
    /// The largest rotation of a face whose order is replaced, in degrees. All other orders of its points are then far from upright.
    /// </summary>
    private const double ReplacedTilt = 30;

    /// <summary>The number of points that must keep their names.</summary>
    private const int LeastKept = 3;

    private static readonly string[] Names = ["left eye", "right eye", "nose", "left corner of the mouth", "right corner of the mouth"];

    /// <summary>Puts points in the order of the scheme.</summary>
    /// <param name="points">Five points, named by their positions in the list.</param>
    /// <returns>The same points in the right order.</returns>
    /// <exception cref="LandmarkException">The points do not form a face, or their order is uncertain.</exception>
    public static Vector2[] Restore(ReadOnlySpan<Vector2> points)
    {
        RequireFivePlaces(points);
        var named = Candidate.WithSidesOf(points);
        int inner = InnerPoint(points);
        if (MakesFace(named, inner) && Math.Abs(named.Tilt) <= (inner < 0 ? BelievedProfileTilt : BelievedTilt))
        {
            return named.Points;
        }

        return inner >= 0 && !MakesFace(named, inner) && Upright(points, inner) is { } upright && KeptBy(upright, named) >= LeastKept
            ? upright.Points
            : throw new LandmarkException(
                $"the five landmarks make no upright face: {Complaint(named, inner)}. Their order is left eye, right eye, nose, left and right corner "
                + "of the mouth, where left is left in the picture. Give them in this order or by name, and turn a picture whose face is not upright.");
    }

    private static bool MakesFace(Candidate named, int inner) => named.IsQuadrilateral
        && (inner == Nose || (inner < 0 && named.NosePosition is > 0.2 and < 0.95));

    // Finds the upright face in the quadrilateral of the outer points; null when no order is upright enough.
    private static Candidate? Upright(ReadOnlySpan<Vector2> points, int inner)
    {
        Span<Vector2> outer = stackalloc Vector2[Count - 1];
        SortClockwise(Without(points, inner, outer));
        for (int turn = 0; turn < outer.Length; turn++)
        {
            var candidate = new Candidate([outer[turn], outer[(turn + 1) % 4], points[inner], outer[(turn + 3) % 4], outer[(turn + 2) % 4]]);
            if (Math.Abs(candidate.Tilt) <= ReplacedTilt)
            {
                return candidate;
            }
        }

        return null;
    }

    // The number of points that have the same kind (eye, nose or corner of the mouth) in both orders.
    private static int KeptBy(Candidate one, Candidate other) => one.Points[..Nose].Intersect(other.Points[..Nose]).Count()
        + (one.Points[Nose] == other.Points[Nose] ? 1 : 0)
        + one.Points[(Nose + 1)..].Intersect(other.Points[(Nose + 1)..]).Count();

    // The index of the only point inside the convex quadrilateral of the others; -1 when there is none.
    private static int InnerPoint(ReadOnlySpan<Vector2> points)
    {
        Span<Vector2> outer = stackalloc Vector2[Count - 1];
        for (int index = 0; index < Count; index++)
        {
            SortClockwise(Without(points, index, outer));
            double size = Math.Sqrt(Farthest(points).Square);
            bool isInside = IsConvex(outer);
            for (int side = 0; side < outer.Length && isInside; side++)
            {
                Vector2 edge = outer[(side + 1) % 4] - outer[side];
                isInside = Cross(edge, points[index] - outer[side]) > InnerMargin * size * edge.Length();
            }

            if (isInside)
            {
                return index;
            }
        }

        return -1;
    }

    private static Span<Vector2> Without(ReadOnlySpan<Vector2> points, int left, Span<Vector2> others)
    {
        points[..left].CopyTo(others);
        points[(left + 1)..].CopyTo(others[left..]);
        return others;
    }

    // Clockwise in a picture, whose rows go downwards.
    private static void SortClockwise(Span<Vector2> points)
    {
        Vector2 centre = (points[0] + points[1] + points[2] + points[3]) / 4;
        points.Sort((one, other) => Math.Atan2(one.Y - centre.Y, one.X - centre.X).CompareTo(Math.Atan2(other.Y - centre.Y, other.X - centre.X)));
    }

    private static bool IsConvex(ReadOnlySpan<Vector2> clockwise)
    {
        for (int corner = 0; corner < clockwise.Length; corner++)
        {
            Vector2 next = clockwise[(corner + 1) % 4];
            if (Cross(next - clockwise[corner], clockwise[(corner + 2) % 4] - next) <= 0)
            {
                return false;
            }
        }

        return true;
    }

    private static double Cross(Vector2 one, Vector2 other) => ((double)one.X * other.Y) - ((double)one.Y * other.X);

    private static void RequireFivePlaces(ReadOnlySpan<Vector2> points)
    {
        (int first, int second, double square) = Farthest(points);
        double size = Math.Sqrt(square);
        for (int one = 0; one < Count; one++)
        {
            for (int other = 0; other < one; other++)
            {
                if (Vector2.Distance(points[one], points[other]) <= LeastDistance * size)
                {
                    throw new LandmarkException(
                        $"the {Names[other]} and the {Names[one]} lie on one point, ({points[one].X}, {points[one].Y}); five places in a face are needed.");
                }
            }
        }

        double lowest = 0;
        double highest = 0;
        foreach (Vector2 point in points)
        {
            double distance = Cross(points[second] - points[first], point - points[first]) / size;
            lowest = Math.Min(lowest, distance);
            highest = Math.Max(highest, distance);
        }

        if (highest - lowest < LeastWidth * size)
        {
            throw new LandmarkException("the five landmarks lie on a line; eyes, nose and corners of the mouth of one face are needed.");
        }
    }

    private static (int First, int Second, double Square) Farthest(ReadOnlySpan<Vector2> points)
    {
        (int First, int Second, double Square) farthest = (0, 1, -1);
        for (int one = 0; one < Count; one++)
        {
            for (int other = 0; other < one; other++)
            {
                double square = Vector2.DistanceSquared(points[one], points[other]);
                farthest = square > farthest.Square ? (other, one, square) : farthest;
            }
        }

        return farthest;
    }

    private static string Complaint(Candidate named, int inner)
    {
        if (inner >= 0 && inner != Nose)
        {
            return $"the {Names[inner]} lies between the others, where the nose is expected; these two look swapped";
        }

        if (MakesFace(named, inner))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"it is turned by {Math.Abs(named.Tilt):0} degrees, or {(Math.Abs(named.Tilt) > 180 - BelievedTilt ? "eyes and mouth" : "eyes and corners of the mouth")} are swapped");
        }

        return !named.IsQuadrilateral
            ? "an eye looks swapped with a corner of the mouth"
            : $"the nose does not lie between eyes and mouth; it looks swapped with {(named.NosePosition < 0.5 ? "an eye" : "a corner of the mouth")}";
    }

    /// <summary>Five points in a possible order.</summary>
    private readonly struct Candidate
    {
        public Candidate(Vector2[] points)
        {
            Points = points;
            Vector2 eyes = (points[0] + points[1]) / 2;
            Vector2 down = ((points[3] + points[4]) / 2) - eyes;
            Tilt = double.RadiansToDegrees(Math.Atan2(-down.X, down.Y));
            NosePosition = down == Vector2.Zero ? double.NaN : Vector2.Dot(points[Nose] - eyes, down) / down.LengthSquared();
            IsQuadrilateral = IsConvex([points[0], points[1], points[4], points[3]]);
        }

        /// <summary>The points in this order.</summary>
        public Vector2[] Points { get; }

        /// <summary>The clockwise rotation of the face, in degrees from -180 to 180.</summary>
        public double Tilt { get; }

        /// <summary>The position of the nose between the eyes (0) and the mouth (1).</summary>
        public double NosePosition { get; }

        /// <summary>Whether eyes and mouth are the corners of a convex quadrilateral, clockwise from the left eye.</summary>
        public bool IsQuadrilateral { get; }

        /// <summary>The points with their given names, except left and right, which are determined along the axis of the face.</summary>
        public static Candidate WithSidesOf(ReadOnlySpan<Vector2> points)
        {
            Vector2[] sided = points.ToArray();
            Vector2 down = points[3] + points[4] - points[0] - points[1];
            var right = new Vector2(down.Y, -down.X);
            SortPair(sided.AsSpan(0, 2), right);
            SortPair(sided.AsSpan(3, 2), right);
            return new Candidate(sided);
        }

        private static void SortPair(Span<Vector2> pair, Vector2 right)
        {
            if (Vector2.Dot(pair[1] - pair[0], right) < 0)
            {
                pair.Reverse();
            }
        }
    }
}
