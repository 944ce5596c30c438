using Moda.Runtime.Motion;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

public sealed class ConvexHullTests
{
    [Fact]
    public void Known_solids_have_their_volumes()
    {
        Assert.Equal(1 / 6.0, ConvexHull.Volume([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]), 1e-12);
        Assert.Equal(4 / 3.0, ConvexHull.Volume([1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1]), 1e-12);
        // A square pyramid whose base has its centre and edge midpoints among the points.
        Assert.Equal(4, ConvexHull.Volume([-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 1, 0, 0]), 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_cube_full_of_a_grid_has_the_cube_s_volume_in_any_order(int seed)
    {
        List<float[]> points = [];
        for (int i = 0; i < 125; i++)
        {
            points.Add([i % 5, i / 5 % 5, i / 25]);
        }
        float[][] shuffled = [.. points];
        new Random(seed).Shuffle(shuffled);

        Assert.Equal(64, ConvexHull.Volume([.. shuffled.SelectMany(point => point)]), 1e-9);
    }

    [Fact]
    public void Points_on_a_sphere_approach_its_volume()
    {
        float[] points = new float[3 * 400];
        for (int i = 0; i < 400; i++)
        {
            double z = (2 * i + 1) / 400.0 - 1;
            double angle = Math.PI * (3 - Math.Sqrt(5)) * i;
            points[3 * i] = (float)(Math.Sqrt(1 - z * z) * Math.Cos(angle));
            points[3 * i + 1] = (float)(Math.Sqrt(1 - z * z) * Math.Sin(angle));
            points[3 * i + 2] = (float)z;
        }

        Assert.InRange(ConvexHull.Volume(points) / (4 * Math.PI / 3), 0.97, 1);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(21)]
    [InlineData(40)]
    public void Random_points_agree_with_trying_every_plane(int count)
    {
        Random random = new(count);
        for (int trial = 0; trial < 20; trial++)
        {
            float[] points = new float[3 * count];
            for (int i = 0; i < points.Length; i++)
            {
                points[i] = random.NextSingle() * (i % 3 == 2 ? 0.01f : 1) + 5;
            }
            double expected = VolumeByEveryPlane(points);

            Assert.Equal(expected, ConvexHull.Volume(points), 1e-9 * expected);
        }
    }

    [Fact]
    public void Flat_sets_have_no_volume()
    {
        Assert.Equal(0, ConvexHull.Volume([]));
        Assert.Equal(0, ConvexHull.Volume([0, 0, 0, 1, 0, 0, 0, 1, 0]));
        Assert.Equal(0, ConvexHull.Volume([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]));
        Assert.Equal(0, ConvexHull.Volume([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]));
        Assert.Equal(0, ConvexHull.Volume([0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0.5f, 0.25f, 0]));
    }

    // A triangle is a face when all other points lie on one side of it; points in general position have no other faces.
    private static double VolumeByEveryPlane(float[] points)
    {
        int count = points.Length / 3;
        Point3 At(int i) => new(points[3 * i], points[3 * i + 1], points[3 * i + 2]);
        Point3 inside = new(
            Enumerable.Range(0, count).Average(i => At(i).X),
            Enumerable.Range(0, count).Average(i => At(i).Y),
            Enumerable.Range(0, count).Average(i => At(i).Z));
        double volume = 0;
        for (int a = 0; a < count; a++)
        {
            for (int b = a + 1; b < count; b++)
            {
                for (int c = b + 1; c < count; c++)
                {
                    Point3 normal = Point3.Cross(At(b) - At(a), At(c) - At(a));
                    double[] heights = [.. Enumerable.Range(0, count).Where(i => i != a && i != b && i != c).Select(i => Point3.Dot(At(i) - At(a), normal))];
                    if (heights.All(height => height < 0) || heights.All(height => height > 0))
                    {
                        volume += Math.Abs(Point3.Dot(At(a) - inside, normal)) / 6;
                    }
                }
            }
        }
        return volume;
    }
}
