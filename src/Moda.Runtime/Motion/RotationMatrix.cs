using System.Runtime.CompilerServices;

namespace Moda.Runtime.Motion;

/// <summary>A 3 x 3 matrix that turns row vectors: <c>x' = x R</c>. Row-major.</summary>
[InlineArray(Length)]
internal struct RotationMatrix
{
    /// <summary>Elements of the matrix.</summary>
    public const int Length = 9;

    private float element;

    /// <summary>The matrix of a head pose: <c>(Rz(roll) Ry(yaw) Rx(pitch))^T</c>.</summary>
    /// <param name="pitch">Degrees about x.</param>
    /// <param name="yaw">Degrees about y.</param>
    /// <param name="roll">Degrees about z.</param>
    /// <remarks>Reference: <c>get_rotation_matrix</c> of LivePortrait's <c>camera.py</c>.</remarks>
    public static RotationMatrix FromDegrees(double pitch, double yaw, double roll)
    {
        (double sinX, double cosX) = Math.SinCos(double.DegreesToRadians(pitch));
        (double sinY, double cosY) = Math.SinCos(double.DegreesToRadians(yaw));
        (double sinZ, double cosZ) = Math.SinCos(double.DegreesToRadians(roll));
        RotationMatrix rotation = default;
        // Column j is row j of Rz Ry Rx.
        rotation[0] = (float)(cosZ * cosY);
        rotation[3] = (float)(cosZ * sinY * sinX - sinZ * cosX);
        rotation[6] = (float)(cosZ * sinY * cosX + sinZ * sinX);
        rotation[1] = (float)(sinZ * cosY);
        rotation[4] = (float)(sinZ * sinY * sinX + cosZ * cosX);
        rotation[7] = (float)(sinZ * sinY * cosX - cosZ * sinX);
        rotation[2] = (float)-sinY;
        rotation[5] = (float)(cosY * sinX);
        rotation[8] = (float)(cosY * cosX);
        return rotation;
    }

    /// <summary>The angles of a rotation, in degrees: what <see cref="FromDegrees"/> was given, for a yaw between -90 and 90.</summary>
    public readonly HeadPose ToPose() => new(
        (float)double.RadiansToDegrees(Math.Atan2(this[5], this[8])),
        (float)double.RadiansToDegrees(Math.Asin(Math.Clamp(-this[2], -1.0, 1.0))),
        (float)double.RadiansToDegrees(Math.Atan2(this[1], this[0])));

    /// <summary>The matrix product <c>left right</c>.</summary>
    public static RotationMatrix operator *(RotationMatrix left, RotationMatrix right)
    {
        RotationMatrix product = default;
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
            {
                product[3 * row + column] =
                    left[3 * row] * right[column] + left[3 * row + 1] * right[3 + column] + left[3 * row + 2] * right[6 + column];
            }
        }
        return product;
    }

    /// <summary>The matrix with rows and columns exchanged, which turns back.</summary>
    public readonly RotationMatrix Transpose()
    {
        RotationMatrix transposed = default;
        for (int i = 0; i < Length; i++)
        {
            transposed[3 * (i % 3) + i / 3] = this[i];
        }
        return transposed;
    }
}
