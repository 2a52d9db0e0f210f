/* The Jacobian of bundle adjustment, by hand: every observation's two rows of fifteen values, then one value for every weight.

   The program is that of revbench/paper/bundle.py, the derivatives are in the notation of revbench/paper/bundle_numpy.py. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

static inline double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static inline void cross(const double *a, const double *b, double *out)
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static void observation(const double *camera, const double *point, double w, const double *feature, double *block)
{
    const double *r = camera, f = camera[6], k0 = camera[9], k1 = camera[10];
    const double x[3] = {point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]};
    const double square = dot(r, r), theta = sqrt(square), rx = dot(r, x);
    double c = 1, s = 1, q = 0, by_s = 0, by_q = 0, rcx[3], y[3];
    if (square > 0) {
        c = cos(theta);
        s = sin(theta) / theta;
        q = (1 - c) / square;
        by_s = (c - s) / square;
        by_q = (s - 2 * q) / square;
    }
    cross(r, x, rcx);
    for (int i = 0; i < 3; i++) y[i] = c * x[i] + s * rcx[i] + q * rx * r[i];

    const double u[2] = {y[0] / y[2], y[1] / y[2]}, radius = u[0] * u[0] + u[1] * u[1];
    const double scale = 1 + k0 * radius + k1 * radius * radius, slope = k0 + 2 * k1 * radius;
    for (int i = 0; i < 2; i++, block += 15) {
        double by_u[2] = {2 * w * f * slope * u[i] * u[0], 2 * w * f * slope * u[i] * u[1]};
        by_u[i] += w * f * scale;
        const double g[3] = {by_u[0] / y[2], by_u[1] / y[2], -(by_u[0] * u[0] + by_u[1] * u[1]) / y[2]};
        const double rg = dot(r, g), along = -s * dot(g, x) + by_s * dot(g, rcx) + by_q * rx * rg;
        double gcr[3], xcg[3];
        cross(g, r, gcr);
        cross(x, g, xcg);
        for (int k = 0; k < 3; k++) {
            const double by_x = c * g[k] + s * gcr[k] + q * rg * r[k];
            block[k] = s * xcg[k] + q * (rg * x[k] + rx * g[k]) + along * r[k];
            block[3 + k] = -by_x;
            block[11 + k] = by_x;
        }
        block[6] = w * scale * u[i];
        block[7 + i] = w;
        block[8 - i] = 0;
        block[9] = w * f * u[i] * radius;
        block[10] = w * f * u[i] * radius * radius;
        block[14] = f * scale * u[i] + camera[7 + i] - feature[i];
    }
}

void ba_jacobian(int64_t p, const double *cameras, const double *points, const double *weights, const double *features,
                 const int64_t *camera_of, const int64_t *point_of, double *vals)
{
    for (int64_t i = 0; i < p; i++)
        observation(cameras + 11 * camera_of[i], points + 3 * point_of[i], weights[i], features + 2 * i, vals + 30 * i);
    for (int64_t i = 0; i < p; i++) vals[30 * p + i] = -2 * weights[i];
}
