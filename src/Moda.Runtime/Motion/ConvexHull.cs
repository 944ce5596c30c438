namespace Moda.Runtime.Motion;

/// <summary>
/// The convex hull of points in space, built by adding one point after the other: the faces that see it are replaced by
/// faces between it and their outline. Meant for tens of points: each point looks at every face.
/// </summary>
internal static class ConvexHull
{
    // Points nearer to a plane than this, in units of the set's extent, count as lying in it.
    private const double Tolerance = 1e-12;

    /// <summary>The volume of the hull.</summary>
    /// <param name="coordinates">[points, 3].</param>
    /// <returns>0 where all points lie in a plane, or where there are fewer than four.</returns>
    public static double Volume(ReadOnlySpan<float> coordinates)
    {
        Point3[] points = new Point3[coordinates.Length / 3];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = new Point3(coordinates[3 * i], coordinates[3 * i + 1], coordinates[3 * i + 2]);
        }
        if (!TryFindSimplex(points, out int[] simplex, out double tolerance))
        {
            return 0;
        }
        List<Face> faces = SimplexFaces(points, simplex);
        foreach (Point3 point in points)
        {
            AddPoint(faces, point, tolerance);
        }
        double volume = 0;
        Point3 origin = points[simplex[0]];
        foreach (Face face in faces)
        {
            volume += Point3.Dot(face.A - origin, Point3.Cross(face.B - origin, face.C - origin));
        }
        return volume / 6;
    }

    private static void AddPoint(List<Face> faces, Point3 point, double tolerance)
    {
        HashSet<(Point3 From, Point3 To)> edges = [];
        for (int i = faces.Count - 1; i >= 0; i--)
        {
            Face face = faces[i];
            if (face.Height(point) > tolerance)
            {
                AddEdge(edges, face.A, face.B);
                AddEdge(edges, face.B, face.C);
                AddEdge(edges, face.C, face.A);
                faces.RemoveAt(i);
            }
        }
        foreach ((Point3 from, Point3 to) in edges)
        {
            faces.Add(new Face(from, to, point));
        }
    }

    // An edge between two faces that go appears once in each direction; what is left is the outline.
    private static void AddEdge(HashSet<(Point3 From, Point3 To)> edges, Point3 from, Point3 to)
    {
        if (!edges.Remove((to, from)))
        {
            edges.Add((from, to));
        }
    }

    private static List<Face> SimplexFaces(Point3[] points, int[] simplex)
    {
        (Point3 a, Point3 b, Point3 c, Point3 d) = (points[simplex[0]], points[simplex[1]], points[simplex[2]], points[simplex[3]]);
        if (new Face(a, b, c).Height(d) > 0)
        {
            (b, c) = (c, b);
        }
        return [new Face(a, b, c), new Face(a, d, b), new Face(b, d, c), new Face(c, d, a)];
    }

    // Four points far from each other: the farthest from the first, from the line through both, from the plane through three.
    private static bool TryFindSimplex(Point3[] points, out int[] simplex, out double tolerance)
    {
        simplex = new int[4];
        tolerance = 0;
        if (points.Length < 4)
        {
            return false;
        }
        Point3 a = points[0];
        simplex[1] = Farthest(points, point => (point - a).Length, out double extent);
        Point3 b = points[simplex[1]];
        tolerance = Tolerance * extent;
        simplex[2] = Farthest(points, point => Point3.Cross(point - a, b - a).Length / extent, out double width);
        Point3 c = points[simplex[2]];
        if (!(width > tolerance))
        {
            return false;
        }
        simplex[3] = Farthest(points, point => Math.Abs(new Face(a, b, c).Height(point)), out double height);
        return height > tolerance;
    }

    private static int Farthest(Point3[] points, Func<Point3, double> distance, out double largest)
    {
        int farthest = 0;
        largest = 0;
        for (int i = 0; i < points.Length; i++)
        {
            double here = distance(points[i]);
            if (here > largest)
            {
                largest = here;
                farthest = i;
            }
        }
        return farthest;
    }

    /// <summary>A triangle whose corners turn left when seen from outside.</summary>
    private readonly struct Face(Point3 a, Point3 b, Point3 c)
    {
        private readonly Point3 normal = Point3.Cross(b - a, c - a);

        public Point3 A => a;

        public Point3 B => b;

        public Point3 C => c;

        /// <summary>How far outside the plane a point lies.</summary>
        public double Height(Point3 point) => normal.Length > 0 ? Point3.Dot(point - a, normal) / normal.Length : 0;
    }
}
