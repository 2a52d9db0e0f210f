/* Programs of many steps, with gradients by hand that run back: each step is undone, then differentiated; nothing is kept.

   They are those of revbench/paper/leapfrog.py and revbench/paper/wave.py. */
#include <math.h>
#include <stdint.h>

/* v += h a(r); with cotangents, also what flows through it */
static void kick(int64_t n, const double *r, double *v, const double *m, double G, double h, const double *in_v, double *in_r, double *in_m)
{
    for (int64_t j = 0; j < n; j++) {
        double a[3] = {0, 0, 0};
        for (int64_t k = 0; k < n; k++) {
            if (k == j) continue;
            const double d[3] = {r[3 * k] - r[3 * j], r[3 * k + 1] - r[3 * j + 1], r[3 * k + 2] - r[3 * j + 2]};
            const double square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2], cube = G / (square * sqrt(square)), pull = cube * m[k];
            for (int c = 0; c < 3; c++) a[c] += pull * d[c];
            if (in_v) {
                const double *g = in_v + 3 * j;
                const double along = -h * (g[0] * d[0] + g[1] * d[1] + g[2] * d[2]);     /* h < 0: the step is being undone */
                in_m[k] += cube * along;
                for (int c = 0; c < 3; c++) {
                    const double by_d = pull * (-h * g[c] - 3 * along / square * d[c]);
                    in_r[3 * k + c] += by_d;
                    in_r[3 * j + c] -= by_d;
                }
            }
        }
        for (int c = 0; c < 3; c++) v[3 * j + c] += h * a[c];
    }
}

double leapfrog_gradient(int64_t n, int64_t steps, double *r, double *v, const double *m, double G, double dt, double *in_r, double *in_v, double *in_m)
{
    double out = 0;
    for (int64_t t = 0; t < steps; t++) {
        kick(n, r, v, m, G, t ? dt : dt / 2, 0, 0, 0);
        for (int64_t i = 0; i < 3 * n; i++) r[i] += dt * v[i];
    }
    for (int64_t j = 0; j < n; j++) {
        const double square = r[3 * j] * r[3 * j] + r[3 * j + 1] * r[3 * j + 1] + r[3 * j + 2] * r[3 * j + 2];
        out += m[j] * square;
        in_m[j] = square;
        for (int c = 0; c < 3; c++) {
            in_r[3 * j + c] = 2 * m[j] * r[3 * j + c];
            in_v[3 * j + c] = 0;
        }
    }
    for (int64_t t = steps - 1; t >= 0; t--) {
        for (int64_t i = 0; i < 3 * n; i++) {
            r[i] -= dt * v[i];
            in_v[i] += dt * in_r[i];
        }
        kick(n, r, v, m, G, -(t ? dt : dt / 2), in_v, in_r, in_m);
    }
    return out;
}

#define LAPLACE(u, i, j) (u[(i - 1) * nx + j] + u[(i + 1) * nx + j] + u[i * nx + j - 1] + u[i * nx + j + 1] - 4 * u[i * nx + j])

double wave_gradient(int64_t ny, int64_t nx, int64_t steps, double *restrict u, double *restrict v, const double *restrict a,
                     double *restrict in_u, double *restrict in_v, double *restrict in_a)
{
    double out = 0;
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t i = 1; i < ny - 1; i++)
            for (int64_t j = 1; j < nx - 1; j++) v[i * nx + j] += a[i * nx + j] * LAPLACE(u, i, j);
        for (int64_t i = 1; i < ny - 1; i++)
            for (int64_t j = 1; j < nx - 1; j++) u[i * nx + j] += v[i * nx + j];
    }
    for (int64_t i = 0; i < ny; i++)
        for (int64_t j = 0; j < nx; j++) {
            const double x = j < nx / 2 ? 0 : u[i * nx + j];
            out += x * x;
            in_u[i * nx + j] = 2 * x;
            in_v[i * nx + j] = in_a[i * nx + j] = 0;
        }
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t i = 1; i < ny - 1; i++)
            for (int64_t j = 1; j < nx - 1; j++) {
                u[i * nx + j] -= v[i * nx + j];
                in_v[i * nx + j] += in_u[i * nx + j];
            }
        for (int64_t i = 1; i < ny - 1; i++)
            for (int64_t j = 1; j < nx - 1; j++) {
                const double laplace = LAPLACE(u, i, j), g = a[i * nx + j] * in_v[i * nx + j];
                v[i * nx + j] -= a[i * nx + j] * laplace;
                in_a[i * nx + j] += in_v[i * nx + j] * laplace;
                in_u[(i - 1) * nx + j] += g;
                in_u[(i + 1) * nx + j] += g;
                in_u[i * nx + j - 1] += g;
                in_u[i * nx + j + 1] += g;
                in_u[i * nx + j] -= 4 * g;
            }
    }
    return out;
}
